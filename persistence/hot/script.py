"""A Lua script, which Redis runs atomically."""

from __future__ import annotations

import hashlib
from importlib import resources

from attrs import frozen


@frozen
class Script:
    """The source, and the name Redis gives it (the SHA-1 of the source, in hex)."""

    source: bytes
    sha: bytes

    @classmethod
    def load(cls, name: str) -> Script:
        """Read `scripts/{name}.lua` of this package."""
        source = (resources.files(__package__) / "scripts" / f"{name}.lua").read_bytes()
        return cls(source, hashlib.sha1(source, usedforsecurity=False).hexdigest().encode())
