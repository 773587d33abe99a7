"""The rules of the inventory, on frozen DTOs: no clock, no randomness, no I/O."""

from __future__ import annotations

from gamestate.modules.inventory.consumables import ConsumableRules
from gamestate.modules.inventory.disposal import DisposalRules
from gamestate.modules.inventory.equipment import EquipmentRules
from gamestate.modules.inventory.stacks import StackRules


class InventoryEngine(StackRules, EquipmentRules, ConsumableRules, DisposalRules):
    """All the rules, for one catalogue and one configuration.

    Every method takes a session and returns the next one, or raises a RefusedError.
    """
