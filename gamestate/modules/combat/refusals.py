"""What the rules of combat refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gamestate.errors import MalformedError, RefusedError

Shown = Sequence[Mapping[str, str]]
"""Fighters: `{"id", "name"}` each."""


class NoFightError(RefusedError):
    """Refused: the character is in no fight."""

    code = "no_fight"
    text = "the character is in no fight"


class NoTargetError(RefusedError):
    """Refused: there is no such enemy in the fight, or it fled."""

    code = "no_target"
    text = "there is no {target!r} to attack"
    target: str
    living: Shown


class TargetDeadError(RefusedError):
    """Refused: the target has fallen already."""

    code = "target_dead"
    text = "{target} is dead already"
    target: str
    living: Shown


class TooManyMonstersError(RefusedError):
    """Refused: these are more monsters than a fight may have on this server."""

    code = "too_many_monsters"
    text = "{asked} monsters are more than the {most} of a fight"
    asked: int
    most: int


class UnknownMonsterError(MalformedError):
    """The catalogue has no monster of this id."""

    code = "unknown_monster"

    def __init__(self, monster: str) -> None:
        super().__init__(f"there is no monster {monster!r}", monster=monster)
