"""What an operator may set for combat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, fields_dict, frozen

from gamestate.errors import ConfigurationError
from gamestate.modules.combat.dto import DEFEAT, ENDED, FLED

if TYPE_CHECKING:
    from attrs import Attribute

DEFEND: Final = "defend"
OFFLINE_OUTCOMES: Final = (FLED, DEFEAT, ENDED, DEFEND)
A_DAY_S: Final = 86_400


def _whole(most: int) -> Any:
    def check(_: object, setting: Attribute[int], value: int) -> None:
        if type(value) is not int or not 1 <= value <= most:
            raise ValueError(f"{setting.name} must be a whole number from 1 to {most}")

    return check


def _seconds(most: float) -> Any:
    def check(_: object, setting: Attribute[float], value: float) -> None:
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise ValueError(f"{setting.name} must be a number from 0 to {most}")

    return check


def _one_of(*allowed: str) -> Any:
    def check(_: object, setting: Attribute[str], value: str) -> None:
        if value not in allowed:
            raise ValueError(f"{setting.name} must be one of {', '.join(allowed)}")

    return check


def _name(_: object, setting: Attribute[str], value: str) -> None:
    if type(value) is not str or not value:
        raise ValueError(f"{setting.name} must be a name")


@frozen
class CombatSettings:
    """Time, size, and who decides.

    Attributes:
        turn_deadline_s: a character that does nothing for so long defends; 0: it has for ever.
        max_rounds: after which a fight ends without a winner.
        offline_turns: after so many expired deadlines in a row the fight is resolved.
        offline_outcome: how; `defend`: it is not, the character goes on defending.
        log_kept: entries of the log in the live session; Postgres has all of them.
        max_monsters: in one fight.
        rules: what `rules` are called that are used: our own `srd`, or an entry point of the group
            `gamestate.combat.rules`.
        policy: how monsters decide: our own `instinct`, or an entry point of the group
            `gamestate.combat.policies`.
    """

    turn_deadline_s: float = field(default=30, validator=_seconds(A_DAY_S))
    max_rounds: int = field(default=200, validator=_whole(10_000))
    offline_turns: int = field(default=3, validator=_whole(10_000))
    offline_outcome: str = field(default=FLED, validator=_one_of(*OFFLINE_OUTCOMES))
    log_kept: int = field(default=100, validator=_whole(10_000))
    max_monsters: int = field(default=20, validator=_whole(1_000))
    rules: str = field(default="srd", validator=_name)
    policy: str = field(default="instinct", validator=_name)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> CombatSettings:
        """The settings of a configuration table.

        Raises:
            ConfigurationError: a setting is unknown or its value is not allowed.
        """
        known = fields_dict(cls)
        if unknown := sorted(set(settings) - set(known)):
            raise ConfigurationError(
                f"module_settings.combat: unknown {', '.join(unknown)}; "
                f"known are {', '.join(known)}"
            )
        try:
            return cls(**settings)
        except ValueError as error:
            raise ConfigurationError(f"module_settings.combat: {error}") from error
