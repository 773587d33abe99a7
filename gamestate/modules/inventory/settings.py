"""What an operator may set for the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

from gamestate.content.templates import RARITIES
from gamestate.contract.settings import flag, number, one_of, settings_of, whole
from gamestate.modules.inventory.dto import MAX_PLACES

MAX_POUNDS: Final = 1_000_000
NEVER: Final = "never"
CLEAN_UPS: Final = ("lazy", "aggressive")


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

    capacity_slots: int = field(default=100, validator=whole(1, MAX_PLACES))
    slots_per_strength: float = field(default=0.0, validator=number(1_000))
    carry_lb_per_strength: float = field(default=15.0, validator=number(MAX_POUNDS))
    encumbered_lb_per_strength: float = field(default=10.0, validator=number(MAX_POUNDS))
    overloaded_lb_per_strength: float = field(default=15.0, validator=number(MAX_POUNDS))
    enforce_weight: bool = field(default=False, validator=flag)
    refill_quick_slots: bool = field(default=False, validator=flag)
    confirm_discard_from: str = field(default="uncommon", validator=one_of(*RARITIES, NEVER))
    clean_up: str = field(default="lazy", validator=one_of(*CLEAN_UPS))

    def __attrs_post_init__(self) -> None:
        if self.encumbered_lb_per_strength > self.overloaded_lb_per_strength:
            raise ValueError(
                "encumbered_lb_per_strength must be at most overloaded_lb_per_strength"
            )

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> InventorySettings:
        """The settings of a configuration table. Raises: ConfigurationError."""
        return settings_of(cls, "inventory", table)
