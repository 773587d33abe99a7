"""The inventory as a session module: where its parts are put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gamestate.contracts import (
    Effect,
    EffectRoute,
    Parts,
    Route,
    SessionModule,
    Snapshot,
    Storage,
)
from gamestate.modules.inventory import commands
from gamestate.modules.inventory.codec import SCHEMA
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.modules.inventory.gateway import INVENTORY, InventoryGateway
from gamestate.modules.inventory.gear import derived
from gamestate.modules.inventory.limits import Limits
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.templates import ItemGateway
from gamestate.state import CharacterCore
from persistence.records import Section


def inventory(settings: Mapping[str, Any], items: ItemGateway) -> SessionModule:
    """The inventory module for a catalogue.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    chosen = InventorySettings.of(settings)
    engine = InventoryEngine(items, chosen)
    gateway = InventoryGateway(engine, InventoryFormatter(items, Limits(chosen), engine))
    lazy = chosen.clean_up == "lazy"
    return InventoryModule(gateway, InventoryOrchestrator(items), keeps_clean=lazy)


class InventoryModule:
    """A SessionModule over the gateway and the orchestrator."""

    name = INVENTORY
    schema = SCHEMA
    storage = Storage.ITEMS
    derives = True

    def __init__(
        self, gateway: InventoryGateway, orchestrator: InventoryOrchestrator, *, keeps_clean: bool
    ) -> None:
        self.keeps_clean = keeps_clean
        self._orchestrator = orchestrator
        self.effects: Mapping[type[Effect], EffectRoute] = {}
        self.routes: Mapping[str, Route] = {
            "open": Route(commands.OpenInventory, gateway.open),
            "view": Route(commands.ViewInventory, gateway.view),
            "inspect": Route(commands.InspectItem, gateway.inspect),
            "grant": Route(commands.GrantItem, gateway.grant),
            "equip": Route(commands.EquipItem, gateway.equip),
            "unequip": Route(commands.UnequipItem, gateway.unequip),
            "use": Route(commands.UseItem, gateway.use),
            "recharge": Route(commands.RechargeItem, gateway.recharge),
            "move": Route(commands.MoveItem, gateway.move),
            "split": Route(commands.SplitStack, gateway.split),
            "merge": Route(commands.MergeStacks, gateway.merge),
            "assign_quick_slot": Route(commands.AssignQuickSlot, gateway.assign_quick_slot),
            "clear_quick_slot": Route(commands.ClearQuickSlot, gateway.clear_quick_slot),
            "use_quick_slot": Route(commands.UseQuickSlot, gateway.use_quick_slot),
            "drop": Route(commands.DropItem, gateway.drop),
            "discard": Route(commands.DiscardItem, gateway.discard),
            "lock": Route(commands.LockItem, gateway.lock),
            "unlock": Route(commands.UnlockItem, gateway.unlock),
            "close": Route(commands.CloseInventory, gateway.close, needs_session=False),
        }

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._orchestrator.save_session(session, touched)

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """See SessionModule."""
        return self._orchestrator.restore_session(fields, schema)

    def load_session(self, snapshot: Snapshot) -> Any:
        """See SessionModule. An empty snapshot makes an empty inventory, never None."""
        return self._orchestrator.load_session(snapshot)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """See SessionModule."""
        return self._orchestrator.backup_session(session, touched)

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """See SessionModule. What `gear.derived` says."""
        return derived(session.gear, session.buffs, core.stats, now_s)
