"""What an operator may set for the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, fields_dict, frozen

from gamestate.content.templates import RARITIES
from gamestate.errors import ConfigurationError
from gamestate.modules.inventory.dto import MAX_PLACES

if TYPE_CHECKING:
    from attrs import Attribute

MAX_POUNDS: Final = 1_000_000
NEVER: Final = "never"
CLEAN_UPS: Final = ("lazy", "aggressive")


def _slots(_: object, setting: Attribute[int], value: int) -> None:
    if type(value) is not int or not 1 <= value <= MAX_PLACES:
        raise ValueError(f"{setting.name} must be a whole number from 1 to {MAX_PLACES}")


def _number(most: int) -> Any:
    def check(_: object, setting: Attribute[float], value: float) -> None:
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise ValueError(f"{setting.name} must be a number from 0 to {most}")

    return check


def _flag(_: object, setting: Attribute[bool], value: bool) -> None:
    if type(value) is not bool:
        raise ValueError(f"{setting.name} must be true or false")


def _one_of(*allowed: str) -> Any:
    def check(_: object, setting: Attribute[str], value: str) -> None:
        if value not in allowed:
            raise ValueError(f"{setting.name} must be one of {', '.join(allowed)}")

    return check


@frozen
class InventorySettings:
    """Capacity, weight and habits. Weights are pounds per point of strength.

    Attributes:
        capacity_slots: of the backpack, for a strength of 10.
        slots_per_strength: more (or fewer) for each point of strength above (or below) 10.
        carry_lb_per_strength: the limit; it refuses nothing unless `enforce_weight`.
        encumbered_lb_per_strength, overloaded_lb_per_strength: from where the view says so.
        enforce_weight: refuse grants that would go over the limit.
        refill_quick_slots: an emptied quick slot takes the next stack of the same template.
        confirm_discard_from: from this rarity on, destroying an item takes a confirmation; or
            `never`.
        clean_up: `lazy` leaves a closed session in Redis until its TTL ends, `aggressive` lets go
            of it as soon as Postgres has it.
    """

    capacity_slots: int = field(default=100, validator=_slots)
    slots_per_strength: float = field(default=0.0, validator=_number(1_000))
    carry_lb_per_strength: float = field(default=15.0, validator=_number(MAX_POUNDS))
    encumbered_lb_per_strength: float = field(default=10.0, validator=_number(MAX_POUNDS))
    overloaded_lb_per_strength: float = field(default=15.0, validator=_number(MAX_POUNDS))
    enforce_weight: bool = field(default=False, validator=_flag)
    refill_quick_slots: bool = field(default=False, validator=_flag)
    confirm_discard_from: str = field(default="uncommon", validator=_one_of(*RARITIES, NEVER))
    clean_up: str = field(default="lazy", validator=_one_of(*CLEAN_UPS))

    def __attrs_post_init__(self) -> None:
        if self.encumbered_lb_per_strength > self.overloaded_lb_per_strength:
            raise ValueError(
                "encumbered_lb_per_strength must be at most overloaded_lb_per_strength"
            )

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> InventorySettings:
        """The settings of a configuration table.

        Raises:
            ConfigurationError: a setting is unknown or its value is not allowed.
        """
        known = fields_dict(cls)
        if unknown := sorted(set(settings) - set(known)):
            raise ConfigurationError(
                f"module_settings.inventory: unknown {', '.join(unknown)}; "
                f"known are {', '.join(known)}"
            )
        try:
            return cls(**settings)
        except ValueError as error:
            raise ConfigurationError(f"module_settings.inventory: {error}") from error
