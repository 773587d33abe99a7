"""What the rules of combat refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from collections.abc import Iterable

from gamestate.errors import MalformedError, RefusedError
from gamestate.modules.combat.dto import Fighter


class NoFightError(RefusedError):
    """The character is in no fight."""

    code = "no_fight"

    def __init__(self) -> None:
        super().__init__("the character is in no fight")


class NoTargetError(RefusedError):
    """There is no such enemy in the fight, or it got away."""

    code = "no_target"

    def __init__(self, target: str, living: Iterable[Fighter]) -> None:
        super().__init__(f"there is no {target!r} to attack", target=target, living=_shown(living))


class TargetDeadError(RefusedError):
    """The target has fallen already."""

    code = "target_dead"

    def __init__(self, target: str, living: Iterable[Fighter]) -> None:
        super().__init__(f"{target} is dead already", target=target, living=_shown(living))


class TooManyMonstersError(RefusedError):
    """More monsters than a fight may have on this server."""

    code = "too_many_monsters"

    def __init__(self, asked: int, most: int) -> None:
        super().__init__(
            f"{asked} monsters are more than the {most} of a fight", asked=asked, most=most
        )


class UnknownMonsterError(MalformedError):
    """The catalogue has no monster of this id."""

    code = "unknown_monster"

    def __init__(self, monster: str) -> None:
        super().__init__(f"there is no monster {monster!r}", monster=monster)


def _shown(living: Iterable[Fighter]) -> list[dict[str, str]]:
    return [{"id": one.id, "name": one.name} for one in living]
