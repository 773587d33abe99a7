"""Whether an item can be equipped or used now, and if not, why."""

from __future__ import annotations

from typing import Any

from gamestate.errors import RefusedError
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine


class Availability:
    """What one character can do with its items now."""

    def __init__(
        self, rules: InventoryEngine, session: InventorySessionDTO, bearer: Bearer
    ) -> None:
        self._rules = rules
        self._session = session
        self._bearer = bearer

    def now(self, item: InventoryItemDTO) -> bool:
        """Whether the item can be equipped, or used, or both."""
        return (
            self._rules.use_refusal(self._session, item, self._bearer) is None
            or self._rules.equip_refusal(self._session, item, self._bearer) is None
        )

    def equippable(self, item: InventoryItemDTO) -> dict[str, Any]:
        """`{"now": bool, "why": null or {"code", "detail", "facts"}}`."""
        return _view(self._rules.equip_refusal(self._session, item, self._bearer))

    def usable(self, item: InventoryItemDTO) -> dict[str, Any]:
        """As `equippable`."""
        return _view(self._rules.use_refusal(self._session, item, self._bearer))


def _view(refusal: RefusedError | None) -> dict[str, Any]:
    if refusal is None:
        return {"now": True, "why": None}
    why = {"code": refusal.code, "detail": refusal.detail, "facts": refusal.facts}
    return {"now": False, "why": why}
