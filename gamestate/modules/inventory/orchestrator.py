"""The life of an inventory session between memory and the two stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contract.module import Parts, Snapshot
from gamestate.modules.inventory.assembly import up_to_date
from gamestate.modules.inventory.codec import decode, encode
from gamestate.modules.inventory.dto import InventorySessionDTO
from gamestate.modules.inventory.snapshot import from_snapshot, to_section
from gamestate.modules.inventory.templates import ItemGateway
from persistence.records import ItemsSection


class InventoryOrchestrator:
    """Makes sessions of what the stores hold, and what the stores are to hold of sessions."""

    def __init__(self, items: ItemGateway) -> None:
        self._items = items

    def load_session(self, snapshot: Snapshot) -> InventorySessionDTO:
        """From Postgres. Raises ValueError if what is stored is unreadable."""
        return from_snapshot(snapshot, self._items)

    def up_to_date(self, session: InventorySessionDTO) -> InventorySessionDTO:
        """The session with its derived fields as the catalogue is now."""
        return up_to_date(session, self._items)

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> InventorySessionDTO:
        """From Redis. Raises ValueError if what is stored is unreadable."""
        return decode(fields, schema, self._items)

    def save_session(self, session: InventorySessionDTO, touched: Collection[str] | None) -> Parts:
        """To Redis: what was touched, or all if `touched` is None."""
        return encode(session, touched)

    def backup_session(
        self, session: InventorySessionDTO | None, touched: Collection[str] | None
    ) -> ItemsSection:
        """To Postgres: what was touched, or all if `touched` is None.

        A session that ended (None) leaves the items as they are: what a character owns outlives the
        session it is looked at in.
        """
        return ItemsSection() if session is None else to_section(session, touched)
