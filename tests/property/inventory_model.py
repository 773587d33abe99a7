"""The rules of the inventory once more, in the plainest way: one dict of items, everything computed
again each time, no stores. Written from the interface that was agreed on, not from the engine.

The model does not guess what the rules leave open (the place where a new stack lies, the points
that dice show): it takes that from the answer, after checking that the rules allow it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import Factory, define, evolve

from tests.support.inventory.catalogue import ITEMS, Facts
from tests.support.inventory.words import (
    HANDS,
    RARITIES,
    SLOTS,
    STATS,
    Item,
    Reason,
    Refusal,
    Settings,
)


@define
class Model:
    """One character and what it carries.

    Attributes:
        issued: every item id any character ever had; shared between the models of one world.
        doubts: quick slots of which the rules do not say which of several stacks they have now.
    """

    settings: Settings
    issued: set[int]
    now_s: float
    items: dict[int, Item] = Factory(dict)
    quick_slots: list[int | None] = Factory(lambda: [None] * 6)
    doubts: dict[int, set[int | None]] = Factory(dict)
    cooldowns: dict[str, float] = Factory(dict)
    buffs: dict[str, tuple[Mapping[str, int], float]] = Factory(dict)
    stats: dict[str, int] = Factory(lambda: dict.fromkeys(STATS, 10))
    vitals: dict[str, dict[str, int]] = Factory(
        lambda: {"hp": {"cur": 100, "max": 100}, "mp": {"cur": 50, "max": 50}}
    )
    state: str = "exploration"
    location: str = "start"

    # ------------------------------------------------------------------ one command

    def judge(self, action: str, payload: Facts, answer: Facts | Refusal) -> None:
        """Check an answer, and take over what was done. Raises AssertionError."""
        why: list[Reason] = list(getattr(self, f"_why_not_{action}", _no_reason)(**payload))
        if isinstance(answer, Refusal):
            assert any(_explains(reason, answer) for reason in why), f"expected one of {why}"
        else:
            assert all(reason.open for reason in why), f"expected a refusal: {why}"
            getattr(self, f"_did_{action}")(answer, **payload)

    def settle(self, view: Facts) -> None:
        """Take from a view what the rules left open. Raises AssertionError."""
        taken = {item.position for item in self.items.values()}
        for seen in view["backpack"]:
            item = self.items.get(seen["item_id"])
            if item is not None and item.slot is None and item.position is None:
                assert seen["position"] not in taken, f"{seen} lies where something lies"
                item.position = seen["position"]
        for index, possible in self.doubts.items():
            assert view["quick_slots"][index] in possible, f"quick slot {index}: {possible}"
            self.quick_slots[index] = view["quick_slots"][index]
        self.doubts.clear()

    # ------------------------------------------------------------------ what is seen

    def weight_mlb(self) -> int:
        """Of everything, worn or not, in thousandths of a pound."""
        return sum(item.quantity * item.facts.get("weight_mlb", 0) for item in self.items.values())

    def modifiers(self) -> Counter[str]:
        """The sums over what is worn and the running buffs."""
        sums: Counter[str] = Counter()
        for item in self.worn().values():
            sums.update(item.facts.get("modifiers", {}))
        for modifiers, until_s in self.buffs.values():
            if until_s > self.now_s:
                sums.update(modifiers)
        return sums

    def stat(self, name: str) -> int:
        """With everything that is worn and every running buff."""
        return self.stats.get(name, 0) + self.modifiers()[name]

    def armor_class(self) -> int:
        """What an attacker must reach."""
        bonus = (self.stat("agility") - 10) // 2
        armors = [item.facts["armor"] for item in self.worn().values() if "armor" in item.facts]
        base = 10
        if armors:
            base = armors[0]["base"]
            bonus = min(bonus, armors[0].get("agility_cap", bonus))
        return base + bonus + self.modifiers()["armor_class"]

    def attacks(self) -> set[tuple[int, str, str]]:
        """(item id, slot, dice) of each weapon in a hand."""
        held = [item for item in self.worn().values() if item.slot in HANDS]
        return {
            (item.item_id, str(item.slot), _dice(item.facts["weapon"], alone=len(held) == 1))
            for item in held
            if "weapon" in item.facts
        }

    def capacity(self) -> int:
        """Backpack slots."""
        above = self.stat("strength") - 10
        slots = self.settings.capacity_slots + above * self.settings.slots_per_strength
        return max(1, slots)

    def limit_lb(self) -> int:
        """What can be carried."""
        return self.settings.carry_lb_per_strength * self.stat("strength")

    def backpack(self) -> list[Item]:
        """What is not worn."""
        return [item for item in self.items.values() if item.slot is None]

    def worn(self) -> dict[str, Item]:
        """What is worn, by slot."""
        return {item.slot: item for item in self.items.values() if item.slot is not None}

    # ------------------------------------------------------------------ grant

    def _why_not_grant(
        self, template_id: str, quantity: int, *, partial: bool = False
    ) -> Iterator[Reason]:
        fits = self._fitting(template_id, quantity)
        too_much = [
            ("bag_full", fits["slots"]),
            ("too_heavy", fits["weight"]),
        ]
        for code, fitting in too_much:
            if fitting < quantity and not partial:
                yield Reason(code, self._missing(code, template_id, quantity))
            elif min(fits.values()) == 0:  # nobody said what a part of nothing is
                yield Reason(code, open=True)

    def _did_grant(
        self, reply: Facts, template_id: str, quantity: int, *, partial: bool = False
    ) -> None:
        granted = min(quantity, *self._fitting(template_id, quantity).values())
        assert (reply["granted"], reply["refused"]) == (granted, quantity - granted)
        answered = {stack["item_id"]: stack["quantity"] for stack in reply["items"]}
        for item in self._partials(template_id):
            added = min(granted, item.room)
            granted -= added
            item.quantity += added
            if added:
                assert answered.pop(item.item_id) == item.quantity
        assert sorted(answered.values()) == _stacks(granted, self._max_stack(template_id))
        for item_id, size in answered.items():
            self._appears(Item(item_id, template_id, size))

    def _fitting(self, template_id: str, quantity: int) -> dict[str, int]:
        """How many of a template the slots take, and how many the weight allows."""
        most = self._max_stack(template_id)
        slots = sum(item.room for item in self._partials(template_id)) + self._free() * most
        weight_mlb = ITEMS[template_id].get("weight_mlb", 0)
        if self.settings.enforce_weight and weight_mlb:
            return {"slots": slots, "weight": self._free_mlb() // weight_mlb}
        return {"slots": slots, "weight": quantity}

    def _missing(self, code: str, template_id: str, quantity: int) -> Facts:
        if code == "too_heavy":
            needed_mlb = ITEMS[template_id].get("weight_mlb", 0) * quantity
            return {"needed_lb": needed_mlb / 1000, "free_lb": self._free_mlb() / 1000}
        rest = quantity - sum(item.room for item in self._partials(template_id))
        return {"needed": -(-rest // self._max_stack(template_id)), "free": self._free()}

    def _partials(self, template_id: str) -> list[Item]:
        """The stacks that a grant fills, in its order."""
        same = [item for item in self.backpack() if item.template_id == template_id]
        fillable = [item for item in same if item.room and not item.data]
        return sorted(fillable, key=lambda item: item.item_id)

    def _max_stack(self, template_id: str) -> int:
        most: int = ITEMS[template_id].get("max_stack", 1)
        return most

    # ------------------------------------------------------------------ equip, unequip

    def _why_not_equip(self, item_id: int, slot: str | None = None) -> Iterator[Reason]:
        item = self.items.get(item_id)
        allowed: list[str] = item.facts.get("slots", []) if item else []
        target = (slot or self._default_slot(item)) if item and allowed else None
        same = item is not None and target is not None and item.slot == target
        yield from self._why_not_active(same=same)
        if self.state == "combat" and target not in HANDS:
            yield Reason("in_combat", open=same or target is None)
        if item is None:
            yield Reason("unknown_item", {"item_id": item_id})
        elif not allowed:
            yield Reason("not_equippable")
        elif target not in allowed:
            yield Reason("wrong_slot", {"slot": target, "allowed": allowed})
        else:
            for reason in self._why_not_wear(item, str(target)):
                yield evolve(reason, open=reason.open or same)

    def _why_not_wear(self, item: Item, target: str) -> Iterator[Reason]:
        for stat, needed in item.facts.get("requirements", {}).items():
            if (has := self.stats.get(stat, 0)) < needed:
                yield Reason("requirement_not_met", {"stat": stat, "needed": needed, "has": has})
        main = self.worn().get("main_hand")
        if target == "off_hand" and main and main is not item and main.facts.get("two_handed"):
            yield Reason("two_handed_conflict", {"slot": target, "item_id": main.item_id})
        displaced = self._displaced(item, target)
        if "unique_equipped" in item.facts.get("flags", []):
            for other in self.worn().values():
                if other.template_id == item.template_id and other not in (item, *displaced):
                    facts = {"item_id": other.item_id, "slot": other.slot}
                    yield Reason("unique_equipped", facts)
        stowed = [other for other in displaced if item.slot not in other.facts["slots"]]
        yield from self._why_no_room(len(stowed) - (item.slot is None), item)

    def _did_equip(self, reply: Facts, item_id: int, slot: str | None = None) -> None:
        item = self.items[item_id]
        target = str(slot or self._default_slot(item))
        displaced = self._displaced(item, target)
        assert reply["item"]["item_id"] == item_id
        assert reply["item"]["slot"] == target
        answered = {other["item_id"]: other["slot"] for other in reply["displaced"]}
        if item.slot == target:
            assert not answered
            return
        assert answered.keys() == {other.item_id for other in displaced}
        for other in displaced:
            swaps = item.slot if item.slot in other.facts["slots"] else None
            assert answered[other.item_id] in (None, swaps)
            other.slot = answered[other.item_id]
        item.slot, item.position = target, None
        if "bind_on_equip" in item.facts.get("flags", []):
            item.data["bound"] = True
        if item_id in self.quick_slots:  # only what is in the backpack gets one; who may keep it?
            self.doubts[self.quick_slots.index(item_id)] = {item_id, None}

    def _why_not_unequip(self, slot: str) -> Iterator[Reason]:
        yield from self._why_not_active()
        if self.state == "combat" and slot not in HANDS:
            yield Reason("in_combat", open=slot not in SLOTS)
        if slot not in SLOTS:
            yield Reason("wrong_slot", {"slot": slot})
        elif (item := self.worn().get(slot)) is None:
            yield Reason("slot_empty", {"slot": slot})
        else:
            yield from self._why_no_room(1, item)

    def _did_unequip(self, reply: Facts, slot: str) -> None:
        item = self.worn().get(slot)
        assert item is not None
        assert reply["item"]["item_id"] == item.item_id
        assert reply["item"]["slot"] is None
        item.slot = None

    def _default_slot(self, item: Item) -> str:
        """Where an item goes if nobody says where: it stays, or the first free slot that suits it,
        or the first."""
        if item.slot is not None:
            return item.slot
        allowed: list[str] = item.facts["slots"]
        busy = set(self.worn())
        main = self.worn().get("main_hand")
        if main is not None and main.facts.get("two_handed"):
            busy.add("off_hand")
        return next((slot for slot in allowed if slot not in busy), allowed[0])

    def _displaced(self, item: Item, target: str) -> list[Item]:
        cleared = HANDS if item.facts.get("two_handed") else (target,)
        worn = map(self.worn().get, cleared)
        return [other for other in worn if other is not None and other is not item]

    def _why_no_room(self, needed: int, moved: Item) -> Iterator[Reason]:
        """`needed` slots, where taking something on or off may itself change how many there are:
        the rules do not say which number counts."""
        if needed > 0:
            change = moved.facts.get("modifiers", {}).get("strength", 0)
            doubtful = bool(self.settings.slots_per_strength and change)
            if needed > self._free():
                facts = {} if doubtful else {"needed": needed, "free": self._free()}
                yield Reason("bag_full", facts, doubtful)
            elif doubtful:
                yield Reason("bag_full", open=True)

    def _why_not_active(self, *, same: bool = False) -> Iterator[Reason]:
        if self.vitals["hp"]["cur"] == 0:
            yield Reason("dead", open=same)

    # ------------------------------------------------------------------ use

    def _why_not_use(self, item_id: int) -> Iterator[Reason]:
        """The one reason that comes first: here the order is agreed."""
        item = self.items.get(item_id)
        if item is None:
            yield Reason("unknown_item", {"item_id": item_id})
        elif not item.facts.get("charges"):
            yield Reason("not_usable", {"item_id": item_id, "template_id": item.template_id})
        elif self.vitals["hp"]["cur"] == 0:
            yield Reason("dead")
        elif self.state == "combat":
            yield Reason("in_combat")
        elif (until_s := self.cooldowns.get(_group(item), 0.0)) > self.now_s:
            facts = {"group": _group(item), "remaining_s": until_s - self.now_s}
            yield Reason("cooldown", facts)
        elif item.charges == 0:
            yield Reason("no_charges", {"item_id": item_id})
        elif item.facts.get("only_if_useful") and not self._is_useful(item):
            yield Reason("no_effect", {"item_id": item_id})

    def _did_use(self, reply: Facts, item_id: int) -> None:
        item = self.items[item_id]
        assert (reply["item_id"], reply["template_id"]) == (item_id, item.template_id)
        self._spend(item)
        there = item_id in self.items
        assert reply["left"] == (item.quantity if there else 0)
        if there and "charges" in item.data:
            assert reply["charges"] == item.charges
        effects = item.facts.get("effects", [])
        for effect, answered in zip(effects, reply["effects"], strict=True):
            getattr(self, f"_takes_{effect['effect']}")(item, effect, answered)
        assert reply["cooldown_s"] == item.facts.get("cooldown_s", 0)
        if reply["cooldown_s"]:
            self.cooldowns[_group(item)] = self.now_s + reply["cooldown_s"]

    def _spend(self, item: Item) -> None:
        left = item.charges - 1
        if left or not item.facts.get("consumable"):
            item.data["charges"] = left
        elif item.quantity > 1:
            item.quantity -= 1
        else:
            self._goes(item)

    def _takes_restore(self, item: Item, effect: Facts, answered: Facts) -> None:
        vital, rolled = self.vitals[effect["vital"]], answered["rolled"]
        low, high = _bounds(effect["dice"])
        assert low <= rolled <= high
        gained = min(rolled, vital["max"] - vital["cur"])
        assert answered == {
            "effect": "restore", "vital": effect["vital"], "rolled": rolled, "gained": gained
        }  # fmt: skip
        vital["cur"] += gained

    def _takes_buff(self, item: Item, effect: Facts, answered: Facts) -> None:
        assert answered == effect
        until_s = self.now_s + effect["duration_s"]
        self.buffs[item.template_id] = (effect["modifiers"], until_s)

    def _takes_teleport(self, item: Item, effect: Facts, answered: Facts) -> None:
        assert answered == effect
        self.location = effect["location"]

    def _takes_learn(self, item: Item, effect: Facts, answered: Facts) -> None:
        skill, level = effect["skill"], effect.get("level", 1)
        assert answered == {"effect": "learn", "skill": skill, "level": level}
        self.stats[skill] = max(self.stats.get(skill, 0), level)

    def _is_useful(self, item: Item) -> bool:
        for effect in item.facts.get("effects", []):
            if effect["effect"] == "restore":
                vital = self.vitals[effect["vital"]]
                useful = vital["cur"] < vital["max"]
            else:
                useful = self.stats.get(effect["skill"], 0) < effect.get("level", 1)
            if useful:
                return True
        return False

    # ------------------------------------------------------------------ stacks and places

    def _why_not_move(self, item_id: int, position: int) -> Iterator[Reason]:
        yield from self._why_not_in_backpack(item_id)
        if position >= self.capacity():
            facts = {"position": position, "capacity": self.capacity()}
            yield Reason("wrong_position", facts)

    def _did_move(self, reply: Facts, item_id: int, position: int) -> None:
        item = self.items[item_id]
        lying = next((other for other in self.backpack() if other.position == position), None)
        swapped = lying if lying is not item else None
        assert (reply["item"]["item_id"], reply["item"]["position"]) == (item_id, position)
        if swapped is None:
            assert reply["swapped"] is None
        else:
            where = reply["swapped"]["item_id"], reply["swapped"]["position"]
            assert where == (swapped.item_id, item.position)
            swapped.position = item.position
        item.position = position

    def _why_not_split(self, item_id: int, quantity: int) -> Iterator[Reason]:
        yield from self._why_not_in_backpack(item_id)
        has = self.items[item_id].quantity if item_id in self.items else quantity + 1
        if quantity >= has:
            facts = {"item_id": item_id, "quantity": quantity, "has": has}
            yield Reason("split_exceeds", facts)
        if self._free() < 1:
            yield Reason("bag_full", {"needed": 1, "free": self._free()})

    def _did_split(self, reply: Facts, item_id: int, quantity: int) -> None:
        item = self.items[item_id]
        item.quantity -= quantity
        made = reply["item"]
        assert (reply["source"]["item_id"], reply["source"]["quantity"]) == (item_id, item.quantity)
        assert (made["template_id"], made["quantity"]) == (item.template_id, quantity)
        self._appears(Item(made["item_id"], item.template_id, quantity, data={**item.data}))

    def _why_not_merge(self, source_id: int, target_id: int) -> Iterator[Reason]:
        yield from self._why_not_in_backpack(source_id)
        yield from self._why_not_in_backpack(target_id)
        source, target = self.items.get(source_id), self.items.get(target_id)
        if source is None or target is None:
            return
        unlike = (source.template_id, source.data) != (target.template_id, target.data)
        if unlike or source is target:
            facts = {"source_id": source_id, "target_id": target_id}
            yield Reason("not_stackable", facts)
        if target.room < 1:
            max_stack = self._max_stack(target.template_id)
            yield Reason("stack_limit", {"item_id": target_id, "max_stack": max_stack})

    def _did_merge(self, reply: Facts, source_id: int, target_id: int) -> None:
        source, target = self.items[source_id], self.items[target_id]
        moved = min(source.quantity, target.room)
        source.quantity -= moved
        target.quantity += moved
        assert reply["moved"] == moved
        answered = reply["target"]["item_id"], reply["target"]["quantity"]
        assert answered == (target_id, target.quantity)
        if source.quantity:
            answered = reply["source"]["item_id"], reply["source"]["quantity"]
            assert answered == (source_id, source.quantity)
            return
        assert reply["source"] is None
        if source_id in self.quick_slots and target_id not in self.quick_slots:
            self.quick_slots[self.quick_slots.index(source_id)] = target_id
        self._goes(source)
        for possible in self.doubts.values():  # is what was merged gone, or is it in the target?
            possible.add(None)

    def _why_not_in_backpack(self, item_id: int) -> Iterator[Reason]:
        item = self.items.get(item_id)
        if item is None:
            yield Reason("unknown_item", {"item_id": item_id})
        elif item.slot is not None:
            yield Reason("equipped", {"item_id": item_id, "slot": item.slot})

    # ------------------------------------------------------------------ quick slots

    def _why_not_assign_quick_slot(self, item_id: int, index: int) -> Iterator[Reason]:
        yield from self._why_not_in_backpack(item_id)
        item = self.items.get(item_id)
        if item is not None and not item.facts.get("charges"):
            facts = {"item_id": item_id, "template_id": item.template_id}
            yield Reason("not_usable", facts)

    def _did_assign_quick_slot(self, reply: Facts, item_id: int, index: int) -> None:
        if item_id in self.quick_slots:
            self.quick_slots[self.quick_slots.index(item_id)] = None
        self.quick_slots[index] = item_id
        assert reply["quick_slots"] == self.quick_slots

    def _why_not_clear_quick_slot(self, index: int) -> Iterator[Reason]:
        if self.quick_slots[index] is None:
            yield Reason("quick_slot_empty", {"index": index}, open=True)

    def _did_clear_quick_slot(self, reply: Facts, index: int) -> None:
        self.quick_slots[index] = None
        assert reply["quick_slots"] == self.quick_slots

    def _why_not_use_quick_slot(self, index: int) -> Iterator[Reason]:
        item_id = self.quick_slots[index]
        if item_id is None:
            yield Reason("quick_slot_empty", {"index": index})
        else:
            yield from self._why_not_use(item_id)

    def _did_use_quick_slot(self, reply: Facts, index: int) -> None:
        item_id = self.quick_slots[index]
        assert item_id is not None
        self._did_use(reply, item_id)

    def _leaves_quick_slot(self, item: Item) -> None:
        """The stack is no longer one that a quick slot can point to."""
        if item.item_id not in self.quick_slots:
            return
        index = self.quick_slots.index(item.item_id)
        self.quick_slots[index] = None
        same = [it for it in self.backpack() if it.template_id == item.template_id]
        if self.settings.refill_quick_slots and (ids := sorted(it.item_id for it in same)):
            # Where the lowest already has a quick slot, the rules do not say who is next.
            free = [item_id for item_id in ids if item_id not in self.quick_slots]
            certain = free[:1] if free[:1] == ids[:1] else [*free[:1], None]
            self.doubts[index] = set(certain)

    # ------------------------------------------------------------------ drop, discard, lock

    def _why_not_drop(self, item_id: int, quantity: int | None = None) -> Iterator[Reason]:
        yield from self._why_not_let_go(item_id, quantity)
        item = self.items.get(item_id)
        if item is not None and "no_drop" in item.facts.get("flags", []):
            yield Reason("no_drop")
        if item is not None and item.data.get("bound"):
            yield Reason("bound", {"item_id": item_id})

    def _did_drop(self, reply: Facts, item_id: int, quantity: int | None = None) -> None:
        self._let_go(reply, "dropped", item_id, quantity)

    def _why_not_discard(
        self, item_id: int, quantity: int | None = None, *, confirm: bool = False
    ) -> Iterator[Reason]:
        yield from self._why_not_let_go(item_id, quantity)
        item = self.items.get(item_id)
        if item is not None and not confirm and self._is_precious(item):
            amount = item.quantity if quantity is None else quantity
            facts = {"item_id": item_id, "template_id": item.template_id, "quantity": amount}
            yield Reason("confirmation_required", facts)

    def _did_discard(
        self, reply: Facts, item_id: int, quantity: int | None = None, *, confirm: bool = False
    ) -> None:
        self._let_go(reply, "discarded", item_id, quantity)

    def _is_precious(self, item: Item) -> bool:
        least = self.settings.confirm_discard_from
        rarity = item.facts.get("rarity", "common")
        return least != "never" and RARITIES.index(rarity) >= RARITIES.index(least)

    def _why_not_let_go(self, item_id: int, quantity: int | None) -> Iterator[Reason]:
        yield from self._why_not_in_backpack(item_id)
        item = self.items.get(item_id)
        if item is None:
            return
        if "quest" in item.facts.get("flags", []):
            yield Reason("quest_item")
        if item.data.get("locked"):
            yield Reason("locked", {"item_id": item_id})
        if quantity is not None and quantity > item.quantity:
            facts = {"item_id": item_id, "has": item.quantity, "needed": quantity}
            yield Reason("not_enough", facts)

    def _let_go(self, reply: Facts, done: str, item_id: int, quantity: int | None) -> None:
        item = self.items[item_id]
        gone = item.quantity if quantity is None else quantity
        left = item.quantity - gone
        assert (reply["item_id"], reply["template_id"]) == (item_id, item.template_id)
        assert (reply[done], reply["left"]) == (gone, left)
        if left:
            item.quantity = left
        else:
            self._goes(item)

    def _why_not_lock(self, item_id: int) -> Iterator[Reason]:
        if item_id not in self.items:
            yield Reason("unknown_item", {"item_id": item_id})

    _why_not_unlock = _why_not_inspect = _why_not_lock

    def _did_lock(self, reply: Facts, item_id: int) -> None:
        assert reply["item"]["item_id"] == item_id
        self.items[item_id].data["locked"] = True

    def _did_unlock(self, reply: Facts, item_id: int) -> None:
        assert reply["item"]["item_id"] == item_id
        self.items[item_id].data.pop("locked", None)

    # ------------------------------------------------------------------ looking

    def _did_inspect(self, reply: Facts, item_id: int) -> None:
        item = self.items[item_id]
        assert reply["item"]["item_id"] == item_id
        assert reply["item"]["quantity"] == item.quantity
        _explains_itself(reply["tooltip"]["usable"], self._why_not_use(item_id))
        if item.slot is None:
            _explains_itself(reply["tooltip"]["equippable"], self._why_not_equip(item_id))

    def _did_view(self, reply: Facts, **query: Any) -> None:
        assert {item["item_id"] for item in reply["backpack"]} == {
            item.item_id
            for item in self.backpack()
            if query.get("kind") in (None, item.facts["kind"])
            and query.get("rarity") in (None, item.facts.get("rarity", "common"))
        }

    def _did_open(self, reply: Facts) -> None:
        self._did_view(reply)
        if self.state == "exploration":
            self.state = "inventory"

    def _did_close(self, reply: Facts) -> None:
        if self.state == "inventory":
            self.state = "exploration"
        assert reply["state"] == self.state

    # ------------------------------------------------------------------ together

    def _free(self) -> int:
        return max(0, self.capacity() - len(self.backpack()))

    def _free_mlb(self) -> int:
        return max(0, self.limit_lb() * 1000 - self.weight_mlb())

    def _appears(self, item: Item) -> None:
        assert item.item_id not in self.issued, f"item id {item.item_id} was used before"
        self.issued.add(item.item_id)
        self.items[item.item_id] = item

    def _goes(self, item: Item) -> None:
        del self.items[item.item_id]
        self._leaves_quick_slot(item)


def _no_reason(**_: Any) -> Iterator[Reason]:
    return iter(())


def _explains(reason: Reason, refusal: Refusal) -> bool:
    return reason.code == refusal.code and all(
        _same(refusal.facts.get(name), fact) for name, fact in reason.facts.items()
    )


def _explains_itself(shown: Facts, reasons: Iterator[Reason]) -> None:
    """A tooltip says whether it can be done, and if not, why."""
    why = list(reasons)
    if any(reason.open for reason in why):
        return
    assert shown["now"] == (not why)
    if why:
        refusal = Refusal(shown["why"]["code"], shown["why"]["facts"])
        assert any(_explains(reason, refusal) for reason in why), f"expected one of {why}"


def _same(shown: Any, fact: Any) -> bool:
    if isinstance(fact, float):
        return isinstance(shown, int | float) and abs(shown - fact) < 0.01
    return bool(shown == fact)


def _group(item: Item) -> str:
    return str(item.facts.get("cooldown_group", item.template_id))


def _stacks(quantity: int, most: int) -> list[int]:
    """The sizes of the stacks that a quantity is made of, smallest first."""
    full, rest = divmod(quantity, most)
    return [rest][: rest > 0] + [most] * full


def _dice(weapon: Facts, *, alone: bool) -> str:
    dice: str = weapon["damage"][0]["dice"]
    return str(weapon.get("versatile", dice)) if alone else dice


def _bounds(dice: str) -> tuple[int, int]:
    """The least and the most that dice can show."""
    matched = re.fullmatch(r"(\d+)d(\d+)(?:\+(\d+))?", dice)
    assert matched is not None
    count, sides, bonus = (int(part or 0) for part in matched.groups())
    return count + bonus, count * sides + bonus
