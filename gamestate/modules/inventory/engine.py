"""The rules of the inventory, on frozen DTOs: no clock, no randomness, no I/O."""

from __future__ import annotations

from gamestate.modules.inventory.consumables import ConsumableRules
from gamestate.modules.inventory.disposal import DisposalRules
from gamestate.modules.inventory.equipment import EquipmentRules
from gamestate.modules.inventory.stacks import StackRules


class InventoryEngine(StackRules, EquipmentRules, ConsumableRules, DisposalRules):
    """All the rules, for one catalogue and one configuration; each set of them is a module.

    Every rule takes a session and returns what became of it, or raises a RefusedError and leaves
    everything as it was.
    """
