"""Random inventories: nothing made, nothing lost, nothing forgotten.

What a turn says it touched must be enough for both stores, and what it keeps up to date must be
what a fresh computation from the items gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from immutables import Map

from gamestate.contracts import Parts
from gamestate.errors import RefusedError
from gamestate.modules.inventory.codec import decode, encode
from gamestate.modules.inventory.draft import Change, Draft
from gamestate.modules.inventory.dto import EQUIPMENT_SLOTS, InventorySessionDTO
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.sharing import SMALL, shared, with_entry, without
from gamestate.modules.inventory.snapshot import from_rows, to_section
from persistence.records import ItemRow, ItemsSection
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, gateway

STATS = {"strength": 15}
MAX_CAPACITY = 40  # above SMALL, so that both kinds of mapping are met


def redis_after(fields: Mapping[str, bytes], parts: Parts) -> dict[str, bytes]:
    """The hash after the parts are put and dropped."""
    kept = {name: value for name, value in fields.items() if name not in parts.drop}
    return {**kept, **parts.put}


def postgres_after(rows: Mapping[int, ItemRow], section: ItemsSection) -> dict[int, ItemRow]:
    """The rows after the section is written."""
    kept = {item_id: row for item_id, row in rows.items() if item_id not in section.drop}
    return {**kept, **{row.item_id: row for row in section.put}}


class AnyInventory(RuleBasedStateMachine):
    """Commands at random, with both stores kept by deltas alone."""

    def __init__(self) -> None:
        super().__init__()
        self.items = gateway()
        self.session: InventorySessionDTO = from_rows((), self.items)
        self.redis = dict(encode(self.session, None).put)
        self.postgres: dict[int, ItemRow] = {}
        self.owned: Counter[str] = Counter()
        self.ids = count(1)

    @initialize(capacity=st.integers(1, MAX_CAPACITY))
    def is_set_up(self, capacity: int) -> None:
        self.capacity = capacity
        self.engine = InventoryEngine(self.items, capacity)

    @rule(
        template_id=st.sampled_from([one.template_id for one in TEMPLATES]),
        quantity=st.integers(1, 45),
    )
    def grant(self, template_id: str, quantity: int) -> None:
        if self.does("grant", template_id, quantity, self.new_item_id):
            self.owned[template_id] += quantity

    @rule(data=st.data(), slot=st.none() | st.sampled_from(EQUIPMENT_SLOTS))
    def equip(self, data: st.DataObject, slot: str | None) -> None:
        self.does("equip", self.any_item(data), slot, STATS, self.new_item_id)

    @rule(slot=st.sampled_from(EQUIPMENT_SLOTS))
    def unequip(self, slot: str) -> None:
        self.does("unequip", slot)

    @rule(data=st.data(), quantity=st.none() | st.integers(1, 25))
    def drop(self, data: st.DataObject, quantity: int | None) -> None:
        item = self.session.items.get(self.any_item(data))
        if (outcome := self.does("drop", item.item_id if item else 0, quantity)) and item:
            self.owned[item.template_id] -= outcome.dropped

    @rule(data=st.data(), index=st.integers(0, 5))
    def assign_quick_slot(self, data: st.DataObject, index: int) -> None:
        item_id = self.any_item(data)
        if item_id in self.session.items and item_id not in self.session.quick_slots:
            draft = Draft(self.session, self.items)
            draft.assign(index, item_id)
            self.commit(draft.finish())

    @invariant()
    def both_stores_have_all_of_it(self) -> None:
        assert self.redis == encode(self.session, None).put
        rows = to_section(self.session, None).put
        assert self.postgres == {row.item_id: row for row in rows}

    @invariant()
    def a_restore_gives_the_same_session_derived_fields_and_all(self) -> None:
        assert decode(self.redis, 1, self.items) == self.session
        assert from_rows(list(self.postgres.values()), self.items) == self.session

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

    def new_item_id(self) -> int:
        self.taken_ids += 1
        return next(self.ids)

    def any_item(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from([*sorted(self.session.items), 0]))

    def does(self, action: str, *arguments: Any) -> Any:
        """The outcome, committed; None if it was refused, and then no id was taken."""
        self.taken_ids = 0
        try:
            outcome = getattr(self.engine, action)(self.session, *arguments)
        except RefusedError:
            assert self.taken_ids == 0
            return None
        self.commit(outcome.change)
        return outcome

    def commit(self, change: Change) -> None:
        self.session = change.session
        self.redis = redis_after(self.redis, encode(change.session, change.touched))
        self.postgres = postgres_after(self.postgres, to_section(change.session, change.touched))


TestAnyInventory = AnyInventory.TestCase
TestAnyInventory.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


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
