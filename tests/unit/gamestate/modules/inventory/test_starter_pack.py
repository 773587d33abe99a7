"""Every item of the starter pack goes through every command."""

from __future__ import annotations

import pytest

from gamestate.content.catalogue import load
from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from tests.unit.gamestate.modules.inventory.world import Player

MIGHTY = dict.fromkeys(("strength", "agility", "endurance"), 100)


@pytest.fixture(scope="module")
def starter_pack() -> ItemGateway:
    return ItemGateway(load())


@pytest.fixture(scope="module")
def templates() -> list[ItemTemplate]:
    return list(load().items.values())


def test_any_item_can_be_granted_worn_stored_shown_and_dropped(
    starter_pack: ItemGateway, templates: list[ItemTemplate]
) -> None:
    player = Player(starter_pack)
    player.has_stats(**MIGHTY)
    for template in templates:
        item_id = player.gets(template.template_id, template.max_stack)
        for slot in template.slots:
            worn = player.does("equip", item_id=item_id, slot=slot)["item"]
            assert worn["slot"] == slot
            player.does("unequip", slot=slot)
        fields = player.module.save_session(player.session, None).put
        assert player.module.restore_session(fields, 1) == player.session
        (shown,) = player.does("view", q=template.name)["backpack"]
        assert (shown["name"], shown["weight"]) == (template.name, template.weight)
        assert player.does("drop", item_id=item_id)["left"] == 0
    assert player.does("view")["weight"]["total"] == 0


def test_whatever_can_be_used_is_used_up_charge_by_charge(
    starter_pack: ItemGateway, templates: list[ItemTemplate]
) -> None:
    player = Player(starter_pack)
    usable = [one for one in templates if one.charges]
    assert usable
    for template in usable:
        item_id = player.gets(template.template_id)
        player.does("assign_quick_slot", item_id=item_id, index=0)
        player.has_vital("hp", 1)
        for left in reversed(range(template.charges)):
            reply = player.does("use_quick_slot", index=0)
            assert (reply["charges"] or 0) == left
            player.now_s += template.cooldown_s
        assert (item_id in player.session.items) is not template.consumable
        fields = player.module.save_session(player.session, None).put
        assert player.module.restore_session(fields, 1) == player.session
        if not template.consumable:
            player.does("discard", item_id=item_id, confirm=True)


def test_whatever_lies_in_a_stack_is_parted_and_joined_again(
    starter_pack: ItemGateway, templates: list[ItemTemplate]
) -> None:
    player = Player(starter_pack)
    for template in templates:
        if template.max_stack == 1:
            continue
        item_id = player.gets(template.template_id, template.max_stack)
        part = player.does("split", item_id=item_id, quantity=1)["item"]["item_id"]
        player.does("move", item_id=part, position=99)
        player.does("lock", item_id=part)
        player.does("unlock", item_id=part)
        merged = player.does("merge", source_id=part, target_id=item_id)
        assert merged["target"]["quantity"] == template.max_stack
        player.does("discard", item_id=item_id, confirm=True)
    assert player.session.items == {}


def test_an_armory_is_worn_over_and_over(
    starter_pack: ItemGateway, templates: list[ItemTemplate]
) -> None:
    player = Player(starter_pack, capacity_slots=1000)
    player.has_stats(**MIGHTY)
    wearable = [one.template_id for one in templates if one.slots]
    for template_id in wearable:
        item_id = player.gets(template_id)
        if "main_hand" in player.session.equipped:
            player.does("unequip", slot="main_hand")
        player.does("equip", item_id=item_id)
    view = player.does("view")
    worn = [item for item in view["equipped"].values() if item]
    assert len(worn) + len(view["backpack"]) == len(wearable)
