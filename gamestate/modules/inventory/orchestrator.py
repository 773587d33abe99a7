"""The inventory as a session module: its parts, and its sessions between memory and the stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gamestate.contract.effects import (
    COMBAT,
    INVENTORY,
    SCENARIO,
)
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import EXPLORATION, CharacterCore
from gamestate.modules.inventory.assembly import up_to_date
from gamestate.modules.inventory.codec import SCHEMA, decode, encode
from gamestate.modules.inventory.dto import InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.modules.inventory.gateway import InventoryGateway
from gamestate.modules.inventory.gear import derived
from gamestate.modules.inventory.limits import Limits
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.snapshot import from_snapshot, to_section
from persistence.records import ItemsSection


class InventoryOrchestrator(SessionModule):
    """The inventory module for the items of a catalogue.

    Raises: ConfigurationError: a setting is unknown or its value is not allowed.
    """

    name = INVENTORY
    schema = SCHEMA
    storage = Storage.ITEMS
    next_states = (EXPLORATION, COMBAT, SCENARIO)

    def __init__(self, given: ModuleSettings) -> None:
        chosen = InventorySettings.of(given.settings)
        self._items = items = given.items
        self._lazy = chosen.clean_up == "lazy"
        self._engine = engine = InventoryEngine(items, chosen)
        gateway = InventoryGateway(engine, InventoryFormatter(items, Limits(chosen), engine))
        self.routes, self.effects = gateway.routes(), gateway.effects()

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> InventorySessionDTO:
        """See SessionModule."""
        return decode(fields, schema, self._items)

    def save_session(self, session: InventorySessionDTO, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return encode(session, touched)

    def load_session(self, snapshot: Snapshot) -> InventorySessionDTO:
        """See SessionModule. An empty snapshot makes an empty inventory, never None."""
        return from_snapshot(snapshot, self._items)

    def backup_session(
        self, session_id: str, session: InventorySessionDTO | None, touched: Collection[str] | None
    ) -> ItemsSection:
        """See SessionModule. A session that ended leaves the items as they are: they outlive it."""
        return ItemsSection() if session is None else to_section(session, touched)

    def prepare_session(self, session: InventorySessionDTO) -> InventorySessionDTO:
        """See SessionModule. The first turn after a reload of the catalogue computes the derived
        fields again."""
        return up_to_date(session, self._items)

    def keeps(self, session: InventorySessionDTO) -> bool:
        """See SessionModule. With the clean-up `aggressive` it leaves at once."""
        return self._lazy

    def derived(
        self, session: InventorySessionDTO, core: CharacterCore, now_s: float
    ) -> Mapping[str, Any]:
        """See SessionModule, and `gear.derived`."""
        return derived(session.gear, session.buffs, core.stats, now_s)

    def count(self, session: InventorySessionDTO, template_id: str) -> int:
        """See SessionModule."""
        return self._engine.count(session, template_id)
