"""The live state of one character: frozen, shared between versions, with no behaviour.

A turn builds the next `CharacterState` by sharing what did not change, so that the state before is
the rollback, a reference is a consistent snapshot, and a difference is found by identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict

from persistence.values import value

EXPLORATION: Final = "exploration"

SESSIONS: Final = ("combat", "inventory", "scenario")
"""The sessions that every view and every stored core names (null or empty without one), whether or
not their module is configured. Sessions of other modules are named while there is one."""


@value
class Location:
    """Where the character is, and where it was before."""

    current: str
    prev: str | None = None


@value
class Bio:
    """What does not change in play. `created_at`: Unix time in seconds."""

    name: str
    gender: str | None
    created_at: float


class Vital(TypedDict):
    """A pool of points: 0 <= `cur` <= `max`. A plain dict (never mutated): it is written as JSON
    with every attack, and the garbage collector does not track dicts of numbers."""

    cur: int
    max: int


@value
class CharacterCore:
    """What is always loaded: the `ac:{char_id}` hash. The mappings are never mutated."""

    state: str
    location: Location
    bio: Bio
    stats: Mapping[str, int]
    vitals: Mapping[str, Vital]

    @property
    def dead(self) -> bool:
        """Whether the character has no hit points left."""
        hp = self.vitals.get("hp")
        return hp is not None and hp["cur"] == 0


@value
class Session:
    """One module's session of one character.

    `data` is the module's own frozen DTO. `loaded_at`: Unix time in seconds. `dirty`: Postgres does
    not have all of it yet. `schema`: the module's schema number it was written with.
    """

    session_id: str
    loaded_at: float
    dirty: bool
    schema: int
    data: Any


@value
class CharacterState:
    """Everything of one character that moves together: one commit, one version.

    `sessions`: module name to session, only those that are loaded; never mutated.
    """

    char_id: int
    epoch: int
    version: int
    core: CharacterCore
    sessions: Mapping[str, Session]
