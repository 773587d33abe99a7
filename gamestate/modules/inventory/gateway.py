"""The public face of the inventory: a command comes in, a transition goes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gamestate.content.templates import Buff, Learn, Teleport
from gamestate.contract.effects import (
    INVENTORY,
    AdjustVitals,
    EnterState,
    GrantItems,
    LearnSkill,
    LeaveState,
    MoveTo,
    TakeItems,
    UseItemInFight,
)
from gamestate.contract.state import EXPLORATION, CharacterState
from gamestate.contract.turn import Effect, EffectRoute, ReplyBody, Route, Transition, TurnContext
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.commands import (
    AssignQuickSlot,
    ClearQuickSlot,
    CloseInventory,
    DiscardItem,
    DropItem,
    EquipItem,
    GrantItem,
    InspectItem,
    LockItem,
    MergeStacks,
    MoveItem,
    OpenInventory,
    RechargeItem,
    SplitStack,
    UnequipItem,
    UnlockItem,
    UseItem,
    UseQuickSlot,
    ViewInventory,
)
from gamestate.modules.inventory.consumables import Outcome, Restored, Used
from gamestate.modules.inventory.disposal import Removed
from gamestate.modules.inventory.draft import Change
from gamestate.modules.inventory.dto import InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.modules.inventory.rules import carried


class InventoryGateway:
    """One method a command or effect: (turn, session, command) -> transition. Every reply to a
    change has the totals `"weight"` and `"slots"` beside what is named here.

    Raises: RefusedError: the rules refuse it. MalformedError: the command makes no sense.
    """

    def __init__(self, engine: InventoryEngine, formatter: InventoryFormatter) -> None:
        self._engine = engine
        self._formatter = formatter

    def routes(self) -> Mapping[str, Route]:
        """The commands of the module, by name."""
        return {
            "open": Route(OpenInventory, self.open),
            "view": Route(ViewInventory, self.view),
            "inspect": Route(InspectItem, self.inspect),
            "grant": Route(GrantItem, self.grant),
            "equip": Route(EquipItem, self.equip),
            "unequip": Route(UnequipItem, self.unequip),
            "use": Route(UseItem, self.use),
            "recharge": Route(RechargeItem, self.recharge),
            "move": Route(MoveItem, self.move),
            "split": Route(SplitStack, self.split),
            "merge": Route(MergeStacks, self.merge),
            "assign_quick_slot": Route(AssignQuickSlot, self.assign_quick_slot),
            "clear_quick_slot": Route(ClearQuickSlot, self.clear_quick_slot),
            "use_quick_slot": Route(UseQuickSlot, self.use_quick_slot),
            "drop": Route(DropItem, self.drop),
            "discard": Route(DiscardItem, self.discard),
            "lock": Route(LockItem, self.lock),
            "unlock": Route(UnlockItem, self.unlock),
            "close": Route(CloseInventory, self.close, needs_session=False),
        }

    def effects(self) -> Mapping[type[Effect], EffectRoute]:
        """What other modules may ask of it."""
        return {
            GrantItems: EffectRoute(self.grant_items),
            TakeItems: EffectRoute(self.take_items),
            UseItemInFight: EffectRoute(self.use_in_fight),
        }

    # ------------------------------------------------------------------ views

    def open(
        self, turn: TurnContext, session: InventorySessionDTO, command: OpenInventory
    ) -> Transition:
        """Reply the view. A character in `exploration` enters the state `inventory`."""
        exploring = turn.state.core.state == EXPLORATION
        effects = (EnterState(INVENTORY),) if exploring else ()
        return Transition(reply=self._viewer(session, ViewInventory(), turn.now_s), effects=effects)

    def view(
        self, turn: TurnContext, session: InventorySessionDTO, command: ViewInventory
    ) -> Transition:
        """Reply the view, sorted, filtered, grouped, a page of it."""
        return Transition(reply=self._viewer(session, command, turn.now_s))

    def inspect(
        self, turn: TurnContext, session: InventorySessionDTO, command: InspectItem
    ) -> Transition:
        """Reply `{"item", "tooltip"}`."""
        item = carried(session, command.item_id)
        core, now_s = turn.state.core, turn.now_s
        return Transition(reply=self._formatter.inspect(session, core, item, now_s))

    def close(
        self, turn: TurnContext, session: InventorySessionDTO | None, command: CloseInventory
    ) -> Transition:
        """Reply `{"state", "version"}`. By default the session stays for the next opening."""
        return Transition(reply=_state_and_version, effects=(LeaveState(INVENTORY),), backup=True)

    # ------------------------------------------------------------------ stacks

    def grant(
        self, turn: TurnContext, session: InventorySessionDTO, command: GrantItem
    ) -> Transition:
        """Reply `{"items": [{"item_id", "quantity"}, …], "granted", "refused"}`; `quantity` is what
        the stack has now."""
        return self._granted(turn, session, command, partial=command.partial)

    def grant_items(
        self, turn: TurnContext, session: InventorySessionDTO, effect: GrantItems
    ) -> Transition:
        """The same for another module."""
        return self._granted(turn, session, effect, partial=False)

    def take_items(
        self, turn: TurnContext, session: InventorySessionDTO, effect: TakeItems
    ) -> Transition:
        """Reply `{"template_id", "taken"}`."""
        taken = self._engine.take(session, effect.template_id, effect.quantity)
        facts = {"template_id": effect.template_id, "taken": taken.taken}
        return self._changed(turn, taken.change, facts)

    def _granted(
        self,
        turn: TurnContext,
        session: InventorySessionDTO,
        command: GrantItem | GrantItems,
        *,
        partial: bool,
    ) -> Transition:
        granted = self._engine.grant(
            session,
            command.template_id,
            command.quantity,
            _bearer(turn),
            turn.new_item_id,
            partial=partial,
        )
        stacks = [{"item_id": one.item_id, "quantity": one.quantity} for one in granted.stacks]
        refused = command.quantity - granted.granted
        facts = {"items": stacks, "granted": granted.granted, "refused": refused}
        return self._changed(turn, granted.change, facts)

    def split(
        self, turn: TurnContext, session: InventorySessionDTO, command: SplitStack
    ) -> Transition:
        """Reply `{"item": the new stack, "source": the old one}`."""
        split = self._engine.split(
            session, command.item_id, command.quantity, _bearer(turn), turn.new_item_id
        )
        facts = {"item": self._shown(split.part), "source": self._shown(split.source)}
        return self._changed(turn, split.change, facts)

    def merge(
        self, turn: TurnContext, session: InventorySessionDTO, command: MergeStacks
    ) -> Transition:
        """Reply `{"target", "source": what is left of it or null, "moved"}`."""
        merged = self._engine.merge(session, command.source_id, command.target_id)
        facts = {
            "target": self._shown(merged.target),
            "source": self._shown(merged.source),
            "moved": merged.moved,
        }
        return self._changed(turn, merged.change, facts)

    def move(
        self, turn: TurnContext, session: InventorySessionDTO, command: MoveItem
    ) -> Transition:
        """Reply `{"item", "swapped": item or null}`."""
        moved = self._engine.move(session, command.item_id, command.position, _bearer(turn))
        facts = {"item": self._shown(moved.item), "swapped": self._shown(moved.swapped)}
        return self._changed(turn, moved.change, facts)

    # ------------------------------------------------------------------ equipment

    def equip(
        self, turn: TurnContext, session: InventorySessionDTO, command: EquipItem
    ) -> Transition:
        """Reply `{"item", "displaced": [item, …]}`."""
        equipped = self._engine.equip(
            session, command.item_id, command.slot, _bearer(turn), turn.new_item_id
        )
        displaced = [self._shown(one) for one in equipped.displaced]
        facts = {"item": self._shown(equipped.item), "displaced": displaced}
        return self._changed(turn, equipped.change, facts)

    def unequip(
        self, turn: TurnContext, session: InventorySessionDTO, command: UnequipItem
    ) -> Transition:
        """Reply `{"item"}`."""
        unequipped = self._engine.unequip(session, command.slot, _bearer(turn))
        return self._changed(turn, unequipped.change, {"item": self._shown(unequipped.item)})

    # ------------------------------------------------------------------ use and quick slots

    def use(self, turn: TurnContext, session: InventorySessionDTO, command: UseItem) -> Transition:
        """Reply `{"item_id", "template_id", "left", "charges": left in it or null, "effects",
        "cooldown_s"}`; each effect as the item has it, a vital's with `rolled` and `gained`."""
        used = self._engine.use(session, command.item_id, _bearer(turn), turn.random)
        return self._used(turn, used, {})

    def use_in_fight(
        self, turn: TurnContext, session: InventorySessionDTO, effect: UseItemInFight
    ) -> Transition:
        """As `use`; it is the character's turn in a fight."""
        bearer = Bearer(turn.state.core, turn.now_s, has_turn=True)
        dice = turn.random if effect.random is None else effect.random
        return self._used(turn, self._engine.use(session, effect.item_id, bearer, dice), {})

    def use_quick_slot(
        self, turn: TurnContext, session: InventorySessionDTO, command: UseQuickSlot
    ) -> Transition:
        """Reply as `use`, and `{"quick_slots"}`."""
        item_id = self._engine.in_quick_slot(session, command.index)
        used = self._engine.use(session, item_id, _bearer(turn), turn.random)
        return self._used(turn, used, _quick_slots(used.change))

    def recharge(
        self, turn: TurnContext, session: InventorySessionDTO, command: RechargeItem
    ) -> Transition:
        """Reply `{"item", "charges"}`."""
        recharged = self._engine.recharge(session, command.item_id, command.charges)
        facts = {"item": self._shown(recharged.item), "charges": recharged.charges}
        return self._changed(turn, recharged.change, facts)

    def assign_quick_slot(
        self, turn: TurnContext, session: InventorySessionDTO, command: AssignQuickSlot
    ) -> Transition:
        """Reply `{"quick_slots"}`."""
        change = self._engine.assign_quick_slot(session, command.item_id, command.index)
        return self._changed(turn, change, _quick_slots(change))

    def clear_quick_slot(
        self, turn: TurnContext, session: InventorySessionDTO, command: ClearQuickSlot
    ) -> Transition:
        """Reply `{"quick_slots"}`."""
        change = self._engine.clear_quick_slot(session, command.index)
        return self._changed(turn, change, _quick_slots(change))

    # ------------------------------------------------------------------ drop, discard, lock

    def drop(
        self, turn: TurnContext, session: InventorySessionDTO, command: DropItem
    ) -> Transition:
        """Reply `{"item_id", "template_id", "dropped", "left"}`."""
        dropped = self._engine.drop(session, command.item_id, command.quantity)
        return self._changed(turn, dropped.change, _removed(dropped, "dropped"))

    def discard(
        self, turn: TurnContext, session: InventorySessionDTO, command: DiscardItem
    ) -> Transition:
        """Reply `{"item_id", "template_id", "discarded", "left"}`."""
        discarded = self._engine.discard(
            session, command.item_id, command.quantity, confirm=command.confirm
        )
        return self._changed(turn, discarded.change, _removed(discarded, "discarded"))

    def lock(
        self, turn: TurnContext, session: InventorySessionDTO, command: LockItem
    ) -> Transition:
        """Reply `{"item"}`."""
        locked = self._engine.lock(session, command.item_id, locked=True)
        return self._changed(turn, locked.change, {"item": self._shown(locked.item)})

    def unlock(
        self, turn: TurnContext, session: InventorySessionDTO, command: UnlockItem
    ) -> Transition:
        """Reply `{"item"}`."""
        locked = self._engine.lock(session, command.item_id, locked=False)
        return self._changed(turn, locked.change, {"item": self._shown(locked.item)})

    # ------------------------------------------------------------------ replies

    def _viewer(self, session: InventorySessionDTO, query: ViewInventory, now_s: float) -> Any:
        def reply(state: CharacterState) -> ReplyBody:
            return self._formatter.view(session, state.core, state.version, query, now_s)

        return reply

    def _shown(self, item: InventoryItemDTO | None) -> dict[str, Any] | None:
        return None if item is None else self._formatter.item(item)

    def _used(self, turn: TurnContext, used: Used, facts: dict[str, Any]) -> Transition:
        facts = {
            "item_id": used.item.item_id,
            "template_id": used.item.template_id,
            "left": used.left,
            "charges": used.charges,
            "effects": [_outcome(one) for one in used.outcomes],
            "cooldown_s": used.cooldown_s,
            **facts,
        }
        return self._changed(turn, used.change, facts, tuple(_effects(used.outcomes)))

    def _changed(
        self,
        turn: TurnContext,
        change: Change,
        facts: dict[str, Any],
        effects: tuple[Effect, ...] = (),
    ) -> Transition:
        totals = self._formatter.totals(change.session, turn.state.core, turn.now_s)
        reply = {**facts, **totals}
        if not change.touched:
            return Transition(reply=reply)
        return Transition(reply, change.session, change.touched, effects)


def _bearer(turn: TurnContext) -> Bearer:
    return Bearer(turn.state.core, turn.now_s)


def _effects(outcomes: Iterable[Outcome]) -> Iterable[Effect]:
    """The effects of a used item on the core; its buffs are the inventory's own."""
    for outcome in outcomes:
        match outcome:
            case Restored(vital=vital, gained=gained) if gained:
                yield AdjustVitals({vital: gained})
            case Teleport(location=location):
                yield MoveTo(location)
            case Learn(skill=skill, level=level):
                yield LearnSkill(skill, level)
            case _:
                pass


def _outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Restored(vital=vital, rolled=rolled, gained=gained):
            return {"effect": "restore", "vital": vital, "rolled": rolled, "gained": gained}
        case Teleport(location=location):
            return {"effect": "teleport", "location": location}
        case Learn(skill=skill, level=level):
            return {"effect": "learn", "skill": skill, "level": level}
        case Buff(modifiers=modifiers, duration_s=duration_s):
            return {"effect": "buff", "modifiers": modifiers, "duration_s": duration_s}


def _removed(removed: Removed, how: str) -> dict[str, Any]:
    return {
        "item_id": removed.item.item_id,
        "template_id": removed.item.template_id,
        how: removed.removed,
        "left": removed.left,
    }


def _quick_slots(change: Change) -> dict[str, Any]:
    return {"quick_slots": list(change.session.quick_slots)}


def _state_and_version(state: CharacterState) -> ReplyBody:
    return {"state": state.core.state, "version": state.version}
