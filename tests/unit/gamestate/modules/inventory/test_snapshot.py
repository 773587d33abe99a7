"""What Postgres holds of an inventory."""

from __future__ import annotations

import pytest

from gamestate.contracts import Snapshot
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
