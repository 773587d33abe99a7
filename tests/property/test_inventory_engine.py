"""Random inventories: nothing made, nothing lost, nothing forgotten.

What a turn says it touched must be enough for both stores, and what it keeps up to date must be
what a fresh computation from the items gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from immutables import Map

from gamestate.contract.module import Parts, Snapshot
from gamestate.contract.state import Bio, CharacterCore, Location
from gamestate.errors import RefusedError
from gamestate.modules.inventory.bearer import Bearer
from gamestate.modules.inventory.codec import decode, encode
from gamestate.modules.inventory.draft import Change
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS, InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.sharing import SMALL, shared, with_entry, without
from gamestate.modules.inventory.snapshot import from_snapshot, to_section
from persistence.records import ItemRow, ItemsSection
from tests.support.effort import examples
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, gateway

CORE = CharacterCore(
    "exploration",
    Location("town"),
    Bio("Ann", None, 0.0),
    {"strength": 15},
    {"hp": {"cur": 90, "max": 100}, "mp": {"cur": 0, "max": 50}},
)
MAX_CAPACITY = 40  # above SMALL, so that both kinds of mapping are met


def redis_after(fields: Mapping[str, bytes], parts: Parts) -> dict[str, bytes]:
    """The hash after the parts are put and dropped."""
    kept = {name: value for name, value in fields.items() if name not in parts.drop}
    return {**kept, **parts.put}


def postgres_after(rows: Mapping[int, ItemRow], section: ItemsSection) -> dict[int, ItemRow]:
    """The rows after the section is written."""
    kept = {item_id: row for item_id, row in rows.items() if item_id not in section.drop}
    return {**kept, **{row.item_id: row for row in section.put}}


def state_after(state: bytes | None, section: ItemsSection) -> bytes | None:
    """The row beside the items after the section is written."""
    return state if section.state is None else section.state


class AnyInventory(RuleBasedStateMachine):
    """Commands at random, with both stores kept by deltas alone."""

    def __init__(self) -> None:
        super().__init__()
        self.items = gateway()
        self.session: InventorySessionDTO = from_snapshot(Snapshot(1), self.items)
        self.redis = dict(encode(self.session, None).put)
        self.postgres: dict[int, ItemRow] = {}
        self.postgres_state: bytes | None = None
        self.now_s = 0.0
        self.owned: Counter[str] = Counter()
        self.ids = count(1)

    @initialize(
        capacity=st.integers(1, MAX_CAPACITY), refill=st.booleans(), enforce_weight=st.booleans()
    )
    def is_set_up(self, capacity: int, refill: bool, enforce_weight: bool) -> None:
        self.capacity = capacity
        chosen = InventorySettings(
            capacity_slots=capacity, refill_quick_slots=refill, enforce_weight=enforce_weight
        )
        self.engine = InventoryEngine(self.items, chosen)

    @rule(
        template_id=st.sampled_from([one.template_id for one in TEMPLATES]),
        quantity=st.integers(1, 45),
        partial=st.booleans(),
    )
    def grant(self, template_id: str, quantity: int, partial: bool) -> None:
        asked = (template_id, quantity, self.bearer, self.new_item_id)
        if outcome := self.does("grant", *asked, partial=partial):
            assert outcome.granted == quantity or partial
            self.owned[template_id] += outcome.granted

    @rule(data=st.data(), quantity=st.integers(1, 25))
    def split(self, data: st.DataObject, quantity: int) -> None:
        self.does("split", self.any_item(data), quantity, self.bearer, self.new_item_id)

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        self.does("merge", self.any_item(data), self.any_item(data))

    @rule(data=st.data(), position=st.integers(0, MAX_CAPACITY))
    def move(self, data: st.DataObject, position: int) -> None:
        self.does("move", self.any_item(data), position, self.bearer)

    @rule(data=st.data(), slot=st.none() | st.sampled_from(EQUIPMENT_SLOTS))
    def equip(self, data: st.DataObject, slot: str | None) -> None:
        item = self.session.items.get(self.any_item(data))
        outcome = self.does(
            "equip", item.item_id if item else 0, slot, self.bearer, self.new_item_id
        )
        if item is not None and slot is None:
            assert bool(outcome) == (
                self.engine.equip_refusal(self.before, item, self.bearer) is None
            )

    @rule(slot=st.sampled_from(EQUIPMENT_SLOTS))
    def unequip(self, slot: str) -> None:
        self.does("unequip", slot, self.bearer)

    @rule(data=st.data(), seed=st.integers(0, 3))
    def use(self, data: st.DataObject, seed: int) -> None:
        item = self.session.items.get(self.any_item(data))
        outcome = self.does("use", item.item_id if item else 0, self.bearer, Random(seed))
        if item is not None:
            refusal = self.engine.use_refusal(self.before, item, self.bearer)
            assert bool(outcome) == (refusal is None)
            if outcome:
                self.owned[item.template_id] -= item.quantity - outcome.left

    @rule(data=st.data(), charges=st.none() | st.integers(1, 4))
    def recharge(self, data: st.DataObject, charges: int | None) -> None:
        self.does("recharge", self.any_item(data), charges)

    @rule(data=st.data(), quantity=st.none() | st.integers(1, 25))
    def drop(self, data: st.DataObject, quantity: int | None) -> None:
        if outcome := self.does("drop", self.any_item(data), quantity):
            self.owned[outcome.item.template_id] -= outcome.removed

    @rule(data=st.data(), quantity=st.none() | st.integers(1, 25), confirm=st.booleans())
    def discard(self, data: st.DataObject, quantity: int | None, confirm: bool) -> None:
        if outcome := self.does("discard", self.any_item(data), quantity, confirm=confirm):
            self.owned[outcome.item.template_id] -= outcome.removed

    @rule(data=st.data(), locked=st.booleans())
    def lock(self, data: st.DataObject, locked: bool) -> None:
        self.does("lock", self.any_item(data), locked=locked)

    @rule(data=st.data(), index=st.integers(0, 5))
    def assign_quick_slot(self, data: st.DataObject, index: int) -> None:
        self.does("assign_quick_slot", self.any_item(data), index)

    @rule(index=st.integers(0, 5))
    def clear_quick_slot(self, index: int) -> None:
        self.does("clear_quick_slot", index)

    @rule(seconds=st.sampled_from([1.0, 30.0, 100.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def both_stores_have_all_of_it(self) -> None:
        named = {name: value for name, value in self.redis.items() if value not in (b"{}", b"[]")}
        whole = encode(self.session, None).put
        assert {name: value for name, value in whole.items() if value != b"{}"} == named
        rows = to_section(self.session, None).put
        assert self.postgres == {row.item_id: row for row in rows}

    @invariant()
    def a_restore_gives_the_same_session_derived_fields_and_all(self) -> None:
        assert decode(self.redis, 1, self.items) == self.session
        stored = Snapshot(1, list(self.postgres.values()), self.postgres_state)
        assert from_snapshot(stored, self.items) == self.session

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        held: Counter[str] = Counter()
        for item in self.session.items.values():
            held[item.template_id] += item.quantity
        assert held == self.owned

    @invariant()
    def the_backpack_holds_no_more_than_it_can(self) -> None:
        assert self.session.slots_used == self.session.taken.bit_count()
        assert self.session.slots_used <= getattr(self, "capacity", 0)

    @invariant()
    def every_stack_is_within_its_template(self) -> None:
        for item in self.session.items.values():
            assert 1 <= item.quantity <= self.items.template(item.template_id).max_stack

    def new_item_id(self) -> int:
        self.taken_ids += 1
        return next(self.ids)

    def any_item(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from([*sorted(self.session.items), 0]))

    @property
    def bearer(self) -> Bearer:
        return Bearer(CORE, self.now_s)

    def does(self, action: str, *arguments: Any, **named: Any) -> Any:
        """The outcome, committed; None if it was refused, and then no id was taken."""
        self.taken_ids = 0
        self.before = self.session
        try:
            outcome = getattr(self.engine, action)(self.session, *arguments, **named)
        except RefusedError:
            assert self.taken_ids == 0
            return None
        self.commit(outcome if isinstance(outcome, Change) else outcome.change)
        return outcome

    def commit(self, change: Change) -> None:
        self.session = change.session
        section = to_section(change.session, change.touched)
        self.redis = redis_after(self.redis, encode(change.session, change.touched))
        self.postgres = postgres_after(self.postgres, section)
        self.postgres_state = state_after(self.postgres_state, section)


TestAnyInventory = AnyInventory.TestCase
TestAnyInventory.settings = settings(examples(40), stateful_step_count=40)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, SMALL + 8)), max_size=120))
def test_shared_mappings_are_like_dicts_whatever_their_size(
    changes: list[tuple[bool, int]],
) -> None:
    model: dict[int, int] = {key: key for key in range(SMALL)}
    mapping = shared(model)
    for put, key in changes:
        before, expected = mapping, dict(mapping)
        if put:
            mapping = with_entry(mapping, key, -key)
            model[key] = -key
        elif key in model:
            mapping = without(mapping, key)
            del model[key]
        assert dict(before) == expected
        assert mapping == shared(model)
        assert isinstance(mapping, Map) == (len(model) > SMALL)
