"""How much a character can carry: slots and pounds, by its strength."""

from __future__ import annotations

from typing import Any, Final

from gamestate.content.templates import DEFAULT_STAT
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.dto import MAX_PLACES, InventorySessionDTO
from gamestate.modules.inventory.gear import STRENGTH, stat
from gamestate.modules.inventory.settings import InventorySettings

MLB_PER_LB: Final = 1000


class Limits:
    """The limits of one configuration."""

    def __init__(self, settings: InventorySettings) -> None:
        self._settings = settings

    def capacity(self, session: InventorySessionDTO, bearer: Bearer) -> int:
        """How many backpack slots there are; at least one."""
        settings = self._settings
        if not settings.slots_per_strength:
            return settings.capacity_slots
        above = stat(session, bearer, STRENGTH) - DEFAULT_STAT
        slots = settings.capacity_slots + int(above * settings.slots_per_strength)
        return min(max(1, slots), MAX_PLACES)

    def free_slots(self, session: InventorySessionDTO, bearer: Bearer) -> int:
        """How many of them are free: 0 also if the backpack is overfull, because the capacity
        shrank."""
        return max(0, self.capacity(session, bearer) - session.slots_used)

    def free_mlb(self, session: InventorySessionDTO, bearer: Bearer) -> int | None:
        """How much more may be granted, thousandths of a pound; None if weight refuses nothing."""
        if not self._settings.enforce_weight:
            return None
        strength = stat(session, bearer, STRENGTH)
        limit = strength * self._settings.carry_lb_per_strength * MLB_PER_LB
        return max(0, int(limit) - session.weight_mlb)

    def load(self, session: InventorySessionDTO, bearer: Bearer) -> dict[str, Any]:
        """`{"total", "limit", "encumbered_at", "overloaded_at"}` in pounds and `"load"`: normal,
        encumbered or overloaded."""
        strength = stat(session, bearer, STRENGTH)
        total = session.weight_mlb / MLB_PER_LB
        encumbered_at = strength * self._settings.encumbered_lb_per_strength
        overloaded_at = strength * self._settings.overloaded_lb_per_strength
        return {
            "total": total,
            "limit": strength * self._settings.carry_lb_per_strength,
            "encumbered_at": encumbered_at,
            "overloaded_at": overloaded_at,
            "load": _load(total, encumbered_at, overloaded_at),
        }


def _load(total: float, encumbered_at: float, overloaded_at: float) -> str:
    if total > overloaded_at:
        return "overloaded"
    return "encumbered" if total > encumbered_at else "normal"
