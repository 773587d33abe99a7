"""The settings of the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import frozen

from gamestate.constraints import Between, OneOf
from gamestate.content.templates import RARITIES
from gamestate.contract.settings import settings_of
from gamestate.modules.inventory.dto import MAX_PLACES

MAX_POUNDS: Final = 1_000_000
NEVER: Final = "never"
CLEAN_UPS: Final = ("lazy", "aggressive")

Pounds = Annotated[float, Between(0, MAX_POUNDS)]


@frozen
class InventorySettings:
    """The table `[gamestate.module_settings.inventory]`. Weights are pounds per point of strength.

    Attributes:
        capacity_slots: of the backpack, for a strength of 10.
        slots_per_strength: more (or fewer) for each point of strength above (or below) 10.
        carry_lb_per_strength: the limit; only enforced with `enforce_weight`.
        encumbered_lb_per_strength, overloaded_lb_per_strength: from where the view has this load.
        enforce_weight: refuse grants that would go over the limit.
        refill_quick_slots: an emptied quick slot takes the next stack of the same template.
        confirm_discard_from: from this rarity on, destroying an item takes a confirmation; or
            `never`.
        clean_up: `lazy` leaves a closed session in Redis until its TTL ends, `aggressive` removes
            it as soon as Postgres has it.
    """

    capacity_slots: Annotated[int, Between(1, MAX_PLACES)] = 100
    slots_per_strength: Annotated[float, Between(0, 1_000)] = 0.0
    carry_lb_per_strength: Pounds = 15.0
    encumbered_lb_per_strength: Pounds = 10.0
    overloaded_lb_per_strength: Pounds = 15.0
    enforce_weight: bool = False
    refill_quick_slots: bool = False
    confirm_discard_from: Annotated[str, OneOf("a rarity", (*RARITIES, NEVER))] = "uncommon"
    clean_up: Annotated[str, OneOf("a way to clean up", CLEAN_UPS)] = "lazy"

    def __attrs_post_init__(self) -> None:
        if self.encumbered_lb_per_strength > self.overloaded_lb_per_strength:
            raise ValueError(
                "'encumbered_lb_per_strength' must be at most overloaded_lb_per_strength"
            )

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> InventorySettings:
        """The settings of a configuration table. Raises: ConfigurationError."""
        return settings_of(cls, "inventory", table)
