"""The public face of the inventory: a command comes in, a transition goes out."""

from __future__ import annotations

from typing import Any, Final

from gamestate.contracts import EnterState, LeaveState, ReplyBody, Transition, TurnContext
from gamestate.errors import InvalidPayloadError
from gamestate.modules.inventory.commands import (
    CloseInventory,
    DropItem,
    EquipItem,
    GrantItem,
    OpenInventory,
    UnequipItem,
    ViewInventory,
)
from gamestate.modules.inventory.draft import Change
from gamestate.modules.inventory.dto import InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.state import EXPLORATION, CharacterState

INVENTORY: Final = "inventory"
MAX_GRANT: Final = 1_000_000


class InventoryGateway:
    """One method a command: (turn, session, command) -> transition.

    Raises a RefusedError for what the rules refuse, a MalformedError for what makes no sense.
    """

    def __init__(self, engine: InventoryEngine, formatter: InventoryFormatter) -> None:
        self._engine = engine
        self._formatter = formatter

    def open(
        self, turn: TurnContext, session: InventorySessionDTO, command: OpenInventory
    ) -> Transition:
        """Reply the view. Who explores enters the state; in combat one may only look."""
        exploring = turn.state.core.state == EXPLORATION
        effects = (EnterState(INVENTORY),) if exploring else ()
        return Transition(reply=self._viewer(ViewInventory()), effects=effects)

    def view(
        self, turn: TurnContext, session: InventorySessionDTO, command: ViewInventory
    ) -> Transition:
        """Reply the view, sorted and filtered."""
        self._formatter.check(command)
        return Transition(reply=self._viewer(command))

    def grant(
        self, turn: TurnContext, session: InventorySessionDTO, command: GrantItem
    ) -> Transition:
        """Reply `{"items": [{"item_id", "quantity"}, …], "granted", "weight", "slots"}`; `quantity`
        is what the stack has now."""
        _require_quantity(command.quantity, MAX_GRANT)
        granted = self._engine.grant(
            session, command.template_id, command.quantity, turn.new_item_id
        )
        stacks = [{"item_id": one.item_id, "quantity": one.quantity} for one in granted.stacks]
        return self._changed(
            turn, session, granted.change, {"items": stacks, "granted": command.quantity}
        )

    def equip(
        self, turn: TurnContext, session: InventorySessionDTO, command: EquipItem
    ) -> Transition:
        """Reply `{"item", "displaced": [item, …], "weight", "slots"}`."""
        equipped = self._engine.equip(
            session, command.item_id, command.slot, turn.state.core.stats, turn.new_item_id
        )
        item = self._formatter.item(equipped.item)
        displaced = [self._formatter.item(one) for one in equipped.displaced]
        return self._changed(turn, session, equipped.change, {"item": item, "displaced": displaced})

    def unequip(
        self, turn: TurnContext, session: InventorySessionDTO, command: UnequipItem
    ) -> Transition:
        """Reply `{"item", "weight", "slots"}`."""
        unequipped = self._engine.unequip(session, command.slot)
        item = self._formatter.item(unequipped.item)
        return self._changed(turn, session, unequipped.change, {"item": item})

    def drop(
        self, turn: TurnContext, session: InventorySessionDTO, command: DropItem
    ) -> Transition:
        """Reply `{"item_id", "dropped", "left", "weight", "slots"}`."""
        if command.quantity is not None:
            _require_quantity(command.quantity)
        dropped = self._engine.drop(session, command.item_id, command.quantity)
        facts = {"item_id": command.item_id, "dropped": dropped.dropped, "left": dropped.left}
        return self._changed(turn, session, dropped.change, facts)

    def close(
        self, turn: TurnContext, session: InventorySessionDTO | None, command: CloseInventory
    ) -> Transition:
        """Reply `{"state", "version"}`. The session stays for the next opening."""
        return Transition(reply=_whereabouts, effects=(LeaveState(INVENTORY),), backup=True)

    def _viewer(self, query: ViewInventory) -> Any:
        def reply(state: CharacterState) -> ReplyBody:
            session = state.sessions[INVENTORY].data
            return self._formatter.view(session, state.core, state.version, query)

        return reply

    def _changed(
        self,
        turn: TurnContext,
        session: InventorySessionDTO,
        change: Change,
        facts: dict[str, Any],
    ) -> Transition:
        reply = {**facts, **self._formatter.totals(change.session, turn.state.core)}
        if not change.touched:
            return Transition(reply=reply)
        return Transition(reply=reply, session=change.session, touched=change.touched)


def _whereabouts(state: CharacterState) -> ReplyBody:
    return {"state": state.core.state, "version": state.version}


def _require_quantity(quantity: int, most: int | None = None) -> None:
    if quantity < 1:
        raise InvalidPayloadError("payload.quantity", "must be at least 1")
    if most is not None and quantity > most:
        raise InvalidPayloadError("payload.quantity", f"must be at most {most}")
