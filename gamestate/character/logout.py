"""What a character actor is sent besides messages."""

from __future__ import annotations


class Logout:
    """Bring everything to Postgres, release the character and be gone; the reply is the version."""
