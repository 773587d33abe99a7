"""Using items: charges, cooldowns, buffs and effects."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from gamestate.content.dice import RandomStream
from gamestate.content.templates import Buff, ItemEffect, ItemTemplate, Learn, Restore, Teleport
from gamestate.errors import DeadError, InCombatError, RefusedError
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.draft import Change, Draft
from gamestate.modules.inventory.dto import ActiveBuff, InventoryItemDTO, InventorySessionDTO
from gamestate.modules.inventory.quick_slots import QuickSlotRules
from gamestate.modules.inventory.refusals import (
    CooldownError,
    NoChargesError,
    NoEffectError,
    NotUsableError,
)
from gamestate.modules.inventory.rules import carried
from gamestate.modules.inventory.running import remaining_s


@frozen
class Restored:
    """A vital gets `rolled` points; `gained` of them count, the rest is above its maximum."""

    vital: str
    rolled: int
    gained: int


Outcome = Restored | Buff | Teleport | Learn
"""One effect with its dice rolled."""


@frozen
class Used:
    """`item`: as it was. `left`: how many the stack still has. `charges`: left in this one, None
    if it keeps no count. `cooldown_s`: until it is ready again."""

    change: Change
    item: InventoryItemDTO
    left: int
    charges: int | None
    outcomes: tuple[Outcome, ...]
    cooldown_s: int


@frozen
class Recharged:
    """`item`: as it is now. `charges`: what it has."""

    change: Change
    item: InventoryItemDTO
    charges: int


class ConsumableRules(QuickSlotRules):
    """Use and recharge."""

    def use(
        self, session: InventorySessionDTO, item_id: int, bearer: Bearer, random: RandomStream
    ) -> Used:
        """Spend one charge of an item; the last charge of a consumable takes one of its stack.

        A buff replaces one of the same template. What a vital gains stops at its maximum.

        Raises:
            UnknownItemError, NotUsableError, DeadError, InCombatError, CooldownError,
            NoChargesError, NoEffectError: nothing was spent.
        """
        item = carried(session, item_id)
        template = self._template(item)
        _require_usable(session, item, template, bearer)
        outcomes = tuple(_outcomes(template, bearer, random))
        draft = self._draft(session)
        left, charges = self._spend(draft, session, item, template)
        for outcome in outcomes:
            if isinstance(outcome, Buff):
                until_s = bearer.now_s + outcome.duration_s
                buff = ActiveBuff(template.template_id, outcome.modifiers, until_s)
                draft.buff(buff, bearer.now_s)
        if template.cooldown_s:
            draft.cool_down(
                cooldown_group(template), bearer.now_s + template.cooldown_s, bearer.now_s
            )
        return Used(draft.finish(), item, left, charges, outcomes, template.cooldown_s)

    def recharge(
        self, session: InventorySessionDTO, item_id: int, charges: int | None
    ) -> Recharged:
        """Give an item `charges` >= 1 back, all if None, never more than its maximum.

        Raises:
            UnknownItemError, NotUsableError.
        """
        item = carried(session, item_id)
        template = self._template(item)
        if not template.charges:
            raise NotUsableError(item_id, item.template_id)
        had = charges_left(item, template)
        has = template.charges if charges is None else min(template.charges, had + charges)
        if has == had:
            return Recharged(Change(session), item, has)
        draft = self._draft(session)
        charged = draft.mark(item, charges=None if has == template.charges else has)
        return Recharged(draft.finish(), charged, has)

    def use_refusal(
        self, session: InventorySessionDTO, item: InventoryItemDTO, bearer: Bearer
    ) -> RefusedError | None:
        """Why the item can't be used now; None if it can."""
        try:
            _require_usable(session, item, self._template(item), bearer)
        except RefusedError as error:
            return error
        return None

    def _spend(
        self,
        draft: Draft,
        session: InventorySessionDTO,
        item: InventoryItemDTO,
        template: ItemTemplate,
    ) -> tuple[int, int | None]:
        """How many the stack has left, and how many charges this one."""
        charges = charges_left(item, template) - 1
        if charges or not template.consumable:
            draft.mark(item, charges=charges)
            return item.quantity, charges
        if item.quantity > 1:
            draft.resize(item, item.quantity - 1)
        else:
            self._remove(draft, session, item)
        return item.quantity - 1, None


def _require_usable(
    session: InventorySessionDTO, item: InventoryItemDTO, template: ItemTemplate, bearer: Bearer
) -> None:
    if not template.charges:
        raise NotUsableError(item.item_id, item.template_id)
    if bearer.core.dead:
        raise DeadError
    if bearer.fighting:
        raise InCombatError
    group = cooldown_group(template)
    waiting_s = remaining_s(session.cooldowns.get(group, 0.0), bearer.now_s)
    if waiting_s:
        raise CooldownError(group, waiting_s)
    if not charges_left(item, template):
        raise NoChargesError(item.item_id)
    if template.only_if_useful and not any(_helps(one, bearer) for one in template.effects):
        raise NoEffectError(item.item_id)


def cooldown_group(template: ItemTemplate) -> str:
    """The items of a group share their cooldown; without one an item has its own."""
    return template.cooldown_group or template.template_id


def charges_left(item: InventoryItemDTO, template: ItemTemplate) -> int:
    """The charges of one item."""
    return template.charges if item.charges is None else item.charges


def _helps(effect: ItemEffect, bearer: Bearer) -> bool:
    match effect:
        case Restore(vital=name, dice=dice):
            vital = bearer.vitals.get(name)
            return vital is not None and (
                (dice.max > 0 and vital["cur"] < vital["max"]) or (dice.min < 0 < vital["cur"])
            )
        case Teleport(location=location):
            return location != bearer.core.location.current
        case Learn(skill=skill, level=level):
            return bearer.stats.get(skill, 0) < level
    return True


def _outcomes(template: ItemTemplate, bearer: Bearer, random: RandomStream) -> Iterator[Outcome]:
    """The effects with their dice rolled; those on a vital the character lacks are left out."""
    gained: dict[str, int] = {}
    for effect in template.effects:
        if not isinstance(effect, Restore):
            yield effect
            continue
        vital, rolled = bearer.vitals.get(effect.vital), effect.dice.roll(random)
        if vital is not None:
            before = vital["cur"] + gained.get(effect.vital, 0)
            gain = max(-before, min(rolled, vital["max"] - before))
            gained[effect.vital] = gained.get(effect.vital, 0) + gain
            yield Restored(effect.vital, rolled, gain)
