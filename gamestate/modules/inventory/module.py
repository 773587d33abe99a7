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
from gamestate.modules.inventory.codec import SCHEMA
from gamestate.modules.inventory.commands import (
    CloseInventory,
    DropItem,
    EquipItem,
    GrantItem,
    OpenInventory,
    UnequipItem,
    ViewInventory,
)
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.modules.inventory.gateway import INVENTORY, InventoryGateway
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.templates import ItemGateway
from persistence.records import Section


def inventory(settings: Mapping[str, Any], items: ItemGateway) -> SessionModule:
    """The inventory module for a catalogue.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    limits = InventorySettings.of(settings)
    gateway = InventoryGateway(
        InventoryEngine(items, limits.capacity_slots), InventoryFormatter(items, limits)
    )
    return InventoryModule(gateway, InventoryOrchestrator(items))


class InventoryModule:
    """A SessionModule over the gateway and the orchestrator."""

    name = INVENTORY
    schema = SCHEMA
    storage = Storage.ITEMS

    def __init__(self, gateway: InventoryGateway, orchestrator: InventoryOrchestrator) -> None:
        self._orchestrator = orchestrator
        self.effects: Mapping[type[Effect], EffectRoute] = {}
        self.routes: Mapping[str, Route] = {
            "open": Route(OpenInventory, gateway.open),
            "view": Route(ViewInventory, gateway.view),
            "grant": Route(GrantItem, gateway.grant),
            "equip": Route(EquipItem, gateway.equip),
            "unequip": Route(UnequipItem, gateway.unequip),
            "drop": Route(DropItem, gateway.drop),
            "close": Route(CloseInventory, gateway.close, needs_session=False),
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
