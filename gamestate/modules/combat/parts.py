"""The names of a session's parts: the fields of its Redis hash, and what a turn says it touched."""

from __future__ import annotations

from typing import Final

from gamestate.modules.combat.dto import CombatSessionDTO

FIGHT: Final = "fight"
KIND_PREFIX: Final = "kind:"
MONSTER_PREFIX: Final = "monster:"
LOG_PREFIX: Final = "log:"
PAST_PREFIX: Final = "past:"


def kind_part(template_id: str) -> str:
    """The part that holds what all monsters of one kind are; it never changes."""
    return f"{KIND_PREFIX}{template_id}"


def monster_part(number: int) -> str:
    """The part that holds one monster, from 1."""
    return f"{MONSTER_PREFIX}{number}"


def log_part(number: int) -> str:
    """The part that holds one entry of the log, from 1."""
    return f"{LOG_PREFIX}{number}"


def past_part(session_id: str) -> str:
    """The part that holds a finished fight."""
    return f"{PAST_PREFIX}{session_id}"


def numbered(part: str, prefix: str) -> int | None:
    """The number in the name of a monster's or an entry's part; None for other parts.

    Raises:
        ValueError: what follows the prefix is not a number from 1.
    """
    if not part.startswith(prefix):
        return None
    digits = part.removeprefix(prefix)
    number = int(digits) if digits.isascii() and digits.isdecimal() else 0
    if number < 1 or digits != str(number):
        raise ValueError(f"a fight has no part {part!r}")
    return number


def all_parts(session: CombatSessionDTO) -> tuple[str, ...]:
    """Every part of a session."""
    kinds = dict.fromkeys(one.nature.template_id for one in session.monsters)
    return (
        FIGHT,
        *map(kind_part, kinds),
        *map(monster_part, range(1, len(session.monsters) + 1)),
        *map(log_part, range(session.log_from, session.log_next)),
        *(past_part(one.session_id) for one in session.past),
    )
