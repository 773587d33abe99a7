"""What Postgres holds of an inventory."""

from __future__ import annotations

import orjson
import pytest

from gamestate.contract.module import Snapshot
from gamestate.modules.inventory.dto import InventorySessionDTO
from persistence.records import ItemRow, ItemsSection
from tests.unit.gamestate.modules.inventory.world import Player


def load(player: Player, *rows: ItemRow) -> InventorySessionDTO:
    session = player.module.load_session(Snapshot(1, rows))
    assert isinstance(session, InventorySessionDTO)
    return session


def test_no_rows_are_an_empty_inventory(player: Player) -> None:
    assert load(player) == player.session


def test_rows_come_back_as_they_were(player: Player) -> None:
    rows = (
        ItemRow(5, "longsword", 1, slot="main_hand"),
        ItemRow(6, "arrow", 7, position=3, quick_slot=2),
        ItemRow(7, "ring", 1, position=0, data=b'{"charges":3}'),
    )
    session = load(player, *rows)
    section = player.module.backup_session("s", session, None)
    assert section == ItemsSection(put=list(rows), replace=True)


def test_a_backup_of_what_was_touched_is_a_delta(player: Player) -> None:
    sword, arrows, shield = (player.gets(one) for one in ("longsword", "arrow", "shield"))
    player.does("drop", item_id=arrows)
    player.does("equip", item_id=shield)
    touched = (f"item:{arrows}", f"item:{shield}", "equipped")
    section = player.module.backup_session("s", player.session, touched)
    row = ItemRow(shield, "shield", 1, slot="off_hand")
    assert section == ItemsSection(put=[row], drop=[arrows])
    assert sword in player.session.items


def test_the_end_of_a_session_takes_no_items_away(player: Player) -> None:
    assert player.module.backup_session("s", None, None) == ItemsSection()


def with_state(player: Player, state: bytes | None) -> InventorySessionDTO:
    session = player.module.load_session(Snapshot(1, state=state))
    assert isinstance(session, InventorySessionDTO)
    return session


@pytest.fixture
def drinker(player: Player) -> Player:
    """A character that has just drunk an elixir."""
    player.now_s = 1000.5
    player.does("use", item_id=player.gets("elixir", 2))
    return player


def test_cooldowns_and_buffs_are_one_document_beside_the_rows(drinker: Player) -> None:
    section = drinker.module.backup_session("s", drinker.session, drinker.last.touched)
    assert isinstance(section, ItemsSection)
    assert section.state is not None
    assert orjson.loads(section.state) == {
        "cooldowns": {"elixirs": 1030.5},
        "buffs": [["elixir", {"strength": 4, "armor_class": 1}, 1060.5]],
    }


def test_cooldowns_and_buffs_come_back_as_they_were(drinker: Player) -> None:
    section = drinker.module.backup_session("s", drinker.session, None)
    assert isinstance(section, ItemsSection)
    restored = drinker.module.load_session(Snapshot(1, section.put, section.state))
    assert restored == drinker.session


@pytest.mark.parametrize("touched", [("cooldowns",), ("buffs",)])
def test_either_of_them_brings_the_document(drinker: Player, touched: tuple[str, ...]) -> None:
    section = drinker.module.backup_session("s", drinker.session, touched)
    assert isinstance(section, ItemsSection)
    assert section.put == []
    assert section.state is not None


def test_a_turn_that_touched_neither_leaves_the_document_alone(drinker: Player) -> None:
    drinker.gets("arrow")
    section = drinker.module.backup_session("s", drinker.session, drinker.last.touched)
    assert isinstance(section, ItemsSection)
    assert section.state is None


def test_an_inventory_saved_before_cooldowns_existed_is_ready_for_everything(
    player: Player,
) -> None:
    session = load(player, ItemRow(5, "elixir", 1, position=0))
    assert (session.cooldowns, session.buffs) == ({}, ())


def test_a_document_of_nothing_is_nothing(player: Player) -> None:
    assert with_state(player, b'{"cooldowns":{},"buffs":[]}') == player.session


def test_an_item_that_was_assigned_or_assigned_no_more_is_saved_with_its_quick_slot(
    player: Player,
) -> None:
    potion, salve = player.gets("potion"), player.gets("salve")
    player.does("assign_quick_slot", item_id=potion, index=2)
    player.does("assign_quick_slot", item_id=salve, index=2)
    section = player.module.backup_session("s", player.session, player.last.touched)
    assert isinstance(section, ItemsSection)
    assert {row.item_id: row.quick_slot for row in section.put} == {potion: None, salve: 2}


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"cooldowns":{}}',
        b'{"cooldowns":{},"buffs":[],"curses":[]}',
        b'{"cooldowns":[],"buffs":[]}',
        b'{"cooldowns":{"elixirs":"soon"},"buffs":[]}',
        b'{"cooldowns":{},"buffs":{}}',
        b'{"cooldowns":{},"buffs":[["elixir",{"strength":4}]]}',
    ],
)
def test_a_document_of_something_else_is_refused(player: Player, state: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        with_state(player, state)


@pytest.mark.parametrize(
    "rows",
    [
        [ItemRow(5, "ring", 1, position=0), ItemRow(5, "ring", 1, position=1)],
        [ItemRow(5, "ring", 1, slot="head"), ItemRow(6, "ring", 1, slot="head")],
        [ItemRow(5, "ring", 1, slot="tail")],
        [ItemRow(5, "ring", 1, slot="head", position=1)],
        [ItemRow(0, "ring", 1)],
        [ItemRow(5, "ring", 0)],
        [ItemRow(5, "ring", 1, quick_slot=6)],
        [ItemRow(5, "ring", 1, quick_slot=-1)],
        [ItemRow(5, "ring", 1, quick_slot=0), ItemRow(6, "ring", 1, quick_slot=0)],
        [ItemRow(5, "ring", 1, data=b"{")],
        [ItemRow(5, "ring", 1, data=b"[]")],
    ],
)
def test_rows_that_contradict_each_other_are_refused(player: Player, rows: list[ItemRow]) -> None:
    with pytest.raises(ValueError, match=r"."):
        load(player, *rows)
