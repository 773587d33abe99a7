"""Whether what is seen of a character, and what Postgres has of it, is what the model holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pytest

from persistence.records import ItemRow
from tests.property.inventory_model import Model
from tests.support.inventory.words import SLOTS, STATS, Item

Facts = Mapping[str, Any]


def shows(view: Facts, core: Facts, model: Model) -> None:
    """Raises AssertionError where a client sees something else."""
    _shows_items(view, model)
    assert view["quick_slots"] == model.quick_slots
    assert view["weight"]["total"] == pytest.approx(model.weight_mlb() / 1000)
    assert view["weight"]["limit"] == pytest.approx(model.limit_lb())
    slots = {"used": len(model.backpack()), "capacity": model.capacity()}
    assert view["slots"] == slots
    _shows_cooldowns(view["cooldowns"], model)
    _shows_derived(view["derived"], model)
    assert core["stats"] == model.stats
    assert core["vitals"] == model.vitals
    assert core["state"] == model.state
    assert core["location"]["current"] == model.location


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, a line for each place."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in {**before, **after}:
            yield from differences(before.get(name), after.get(name), f"{path}.{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif before != after:
        yield f"{path}: {before} became {after}"


def holds(rows: Mapping[int, ItemRow], model: Model) -> None:
    """Raises AssertionError where the rows in Postgres are not what the character has."""
    assert rows.keys() == model.items.keys()
    for item_id, row in rows.items():
        item = model.items[item_id]
        quick_slot = model.quick_slots.index(item_id) if item_id in model.quick_slots else None
        stored = orjson.loads(row.data) if row.data else {}
        assert (row.template_id, row.quantity) == (item.template_id, item.quantity)
        assert (row.slot, row.position, row.quick_slot) == (item.slot, item.position, quick_slot)
        assert (stored or {}) == item.data


def _shows_items(view: Facts, model: Model) -> None:
    worn = {slot: item for slot, item in view["equipped"].items() if item is not None}
    assert view["equipped"].keys() == set(SLOTS)
    assert all(item["slot"] == slot for slot, item in worn.items())
    seen = [*worn.values(), *view["backpack"]]
    ids = [item["item_id"] for item in seen]
    assert sorted(ids) == sorted(model.items), "each item in one place"
    for item in seen:
        _shows_item(item, model.items[item["item_id"]])
    positions = [item["position"] for item in view["backpack"]]
    assert positions == sorted(set(positions)), "one item a position"


def _shows_item(seen: Facts, item: Item) -> None:
    shown = (seen["template_id"], seen["quantity"], seen["slot"], seen["position"])
    assert shown == (item.template_id, item.quantity, item.slot, item.position)
    assert (seen["data"] or {}) == item.data
    assert seen["weight"] == pytest.approx(item.facts.get("weight_mlb", 0) / 1000)


def _shows_cooldowns(seen: list[Facts], model: Model) -> None:
    running = {
        group: until_s - model.now_s
        for group, until_s in model.cooldowns.items()
        if until_s > model.now_s
    }
    assert {each["group"]: each["remaining_s"] for each in seen} == pytest.approx(running)


def _shows_derived(seen: Facts, model: Model) -> None:
    assert seen["stats"] == {name: model.stat(name) for name in {*STATS, *model.stats}}
    assert seen["armor_class"] == model.armor_class()
    totals = {name: total for name, total in model.modifiers().items() if total}
    assert {name: total for name, total in seen["modifiers"].items() if total} == totals
    attacks = {(each["item_id"], each["slot"], each["dice"]) for each in seen["attacks"]}
    assert attacks == model.attacks()
    buffs = {
        each["template_id"]: (each["modifiers"], each["remaining_s"]) for each in seen["buffs"]
    }
    assert buffs == {
        template_id: (modifiers, until_s - model.now_s)
        for template_id, (modifiers, until_s) in model.buffs.items()
        if until_s > model.now_s
    }
