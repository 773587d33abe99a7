"""What every ColdStore does: the fake in memory and Postgres answer alike."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import pytest
from attrs import evolve

from persistence.cold.postgres_store import PostgresColdStore
from persistence.cold.store import ColdStore
from persistence.embedded.servers import Endpoints
from persistence.errors import BadRecordError
from persistence.records import (
    LOGGED_OUT,
    Backup,
    CharacterRow,
    ColdClaim,
    ColdRelease,
    DocumentSection,
    EventRecord,
    Hold,
    ItemRow,
    ItemsSection,
    NewCharacter,
    Ownership,
    QuarantineEntry,
    SaveStatus,
    Section,
    StoredDocument,
    StoredItems,
    StoredSession,
)
from persistence.testing import MemoryColdStore
from tests.support.servers.stores import ask_postgres, database

T = TypeVar("T")

TABLES = {"combat": "combat_sessions", "scenario": "scenario_sessions"}
ANNA = NewCharacter("Anna", "f", "tavern", {"strength": 12, "charisma": 9}, b'{"hp":{"cur":7}}')
NOBODY_ID = 10**6
FIGHT_ID = str(uuid4())


class Run(Protocol):
    """Runs a coroutine to its end."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Its result."""


@pytest.fixture
def run() -> Iterator[Run]:
    """One event loop for the whole test: connections belong to the loop they were made on."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def dsn(stores: Endpoints, migrated: str) -> Iterator[str]:
    """One database for all tests of the module, because making one takes longer than a test."""
    with database(stores, migrated) as made:
        yield made


@pytest.fixture(params=["memory", "postgres"])
def cold(request: pytest.FixtureRequest, run: Run) -> Iterator[ColdStore]:
    """An empty store."""
    if request.param == "memory":
        yield MemoryColdStore()
        return
    dsn = request.getfixturevalue("dsn")
    ask_postgres(dsn, "DELETE FROM characters")
    ask_postgres(dsn, "DELETE FROM outbox")
    store = run(PostgresColdStore.connect(dsn, tables=TABLES))
    yield store
    run(store.close())


@pytest.fixture
def anna(cold: ColdStore, run: Run) -> CharacterRow:
    """A character that has just been created."""
    return run(cold.create(ANNA))


@pytest.fixture
def boris(cold: ColdStore, run: Run) -> CharacterRow:
    """Another one."""
    return run(cold.create(evolve(ANNA, name="Boris", gender=None)))


def played(row: CharacterRow, turns: int = 1, **changes: Any) -> CharacterRow:
    """The row after some turns."""
    return evolve(row, version=row.version + turns, **changes)


def backup(row: CharacterRow, **sections: Section) -> Backup:
    """A backup of the row and of modules' sections."""
    return Backup(row, sections)


async def crowd(cold: ColdStore, size: int) -> list[CharacterRow]:
    """Characters created at once."""
    return await asyncio.gather(*(cold.create(ANNA) for _ in range(size)))


# ---------------------------------------------------------------- characters


def test_a_created_character_is_read_back(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    assert run(cold.read([anna.char_id])) == [anna]
    assert (anna.epoch, anna.version, anna.owner) == (0, 1, LOGGED_OUT)
    assert (anna.name, anna.gender, anna.game_stage) == ("Anna", "f", "exploration")
    assert (anna.location_id, anna.prev_location_id) == ("tavern", None)
    assert (anna.stats, anna.vitals, anna.receipts) == (ANNA.stats, ANNA.vitals, b"[]")


def test_characters_get_ids_of_their_own(anna: CharacterRow, boris: CharacterRow) -> None:
    assert 0 < anna.char_id < boris.char_id


@pytest.mark.parametrize("name", ["nul\x00", "lone surrogate \ud800"])
def test_a_name_that_cannot_be_stored_is_refused(cold: ColdStore, run: Run, name: str) -> None:
    with pytest.raises(BadRecordError):
        run(cold.create(evolve(ANNA, name=name)))


def test_an_unknown_character_is_none(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    ids = [NOBODY_ID, anna.char_id, 2**70]
    claims = [ColdClaim(char_id, 0, "us") for char_id in ids]
    assert [row is None for row in run(cold.read(ids))] == [True, False, True]
    assert [row is None for row in run(cold.peek(ids))] == [True, False, True]
    assert [row is None for row in run(cold.claim(claims))] == [True, False, True]
    assert set(run(cold.items(ids))) | set(run(cold.documents("combat", ids))) == set()


def test_rows_come_in_the_order_asked_for(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    ids = [boris.char_id, anna.char_id]
    names = [row.name for row in run(cold.read(ids)) if row]
    claims = [ColdClaim(char_id, 0, "us") for char_id in ids]
    assert names == [row.name for row in run(cold.claim(claims)) if row] == ["Boris", "Anna"]


def test_an_empty_batch_is_answered(cold: ColdStore, run: Run) -> None:
    assert run(cold.claim([])) == []
    assert run(cold.save([])) == []
    assert run(cold.release([])) == []


# ---------------------------------------------------------------- claims


def test_a_claim_raises_the_epoch_and_shows_the_owner_before(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    first, second = (
        run(cold.claim([ColdClaim(anna.char_id, 0, owner)]))[0] for owner in ("us", "them")
    )
    assert first == evolve(anna, epoch=1)
    assert second == evolve(anna, epoch=2, owner="us")
    assert run(cold.peek([anna.char_id])) == [Ownership(2, 1, "them")]


def test_a_claim_goes_above_the_epoch_the_other_store_holds(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.claim([ColdClaim(anna.char_id, 41, "us")]))
    assert run(cold.peek([anna.char_id])) == [Ownership(42, 1, "us")]
    run(cold.claim([ColdClaim(anna.char_id, 7, "us")]))
    assert run(cold.peek([anna.char_id])) == [Ownership(43, 1, "us")]


def test_a_claim_reads_what_was_saved_last(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    later = played(anna, stats={"strength": 13}, receipts=b'[{"id":"m1"}]', owner="us")
    run(cold.save([backup(later)]))
    assert run(cold.claim([ColdClaim(anna.char_id, 0, "us")])) == [evolve(later, epoch=1)]


def test_a_character_twice_in_one_claim_is_a_mistake(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    with pytest.raises(ValueError, match="twice"):
        run(cold.claim([ColdClaim(anna.char_id, 0, "us")] * 2))


def test_five_hundred_are_claimed_at_once(cold: ColdStore, run: Run) -> None:
    ids = [row.char_id for row in run(crowd(cold, 500))]
    rows = run(cold.claim([ColdClaim(char_id, 0, "us") for char_id in reversed(ids)]))
    assert [(row.char_id, row.epoch) for row in rows if row] == [(i, 1) for i in reversed(ids)]


def test_only_the_owning_epoch_gives_a_character_back(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.claim([ColdClaim(anna.char_id, 0, "us"), ColdClaim(boris.char_id, 5, "them")]))
    ids = (anna.char_id, boris.char_id, NOBODY_ID)
    assert run(cold.release([ColdRelease(i, 1, LOGGED_OUT) for i in ids])) == [True, False, False]
    owners = run(cold.peek([anna.char_id, boris.char_id]))
    assert owners == [Ownership(1, 1, LOGGED_OUT), Ownership(6, 1, "them")]


def test_an_epoch_that_was_claimed_in_redis_alone_gives_a_character_back(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    assert run(cold.release([ColdRelease(anna.char_id, 3, LOGGED_OUT)])) == [True]
    assert run(cold.peek([anna.char_id])) == [Ownership(3, 1, LOGGED_OUT)]


# ---------------------------------------------------------------- saves


def test_a_saved_row_is_read_back_whole(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    later = evolve(
        anna,
        epoch=3,
        version=9,
        owner="us",
        name="Anna the Änderbare",
        gender=None,
        game_stage="combat",
        location_id="forest",
        prev_location_id="tavern",
        vitals=b'{"hp": {"cur": 1, "max": 7}}',
        stats={"strength": 2**53 - 1},
        receipts=b'[{"id":"a","reply":{}}]',
    )
    assert run(cold.save([backup(later)])) == [SaveStatus.SAVED]
    assert run(cold.read([anna.char_id])) == [later]


def test_a_version_that_is_stored_already_is_stale(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    later = played(anna, 5)
    run(cold.save([backup(later)]))
    older = played(anna, 4, location_id="nowhere")
    assert run(cold.save([backup(later)])) == run(cold.save([backup(older)])) == [SaveStatus.STALE]
    assert run(cold.read([anna.char_id])) == [later]


def test_an_older_epoch_is_fenced_at_any_version(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.claim([ColdClaim(anna.char_id, 0, "them")]))
    late = backup(
        played(anna, 100, location_id="nowhere", stats={}, receipts=b"[1]"),
        inventory=ItemsSection(put=[ItemRow(1, "sword", 1)], state=b"{}"),
        combat=DocumentSection(str(uuid4()), b"{}"),
    )
    assert run(cold.save([late])) == [SaveStatus.FENCED]
    assert run(cold.read([anna.char_id])) == [evolve(anna, epoch=1, owner="them")]
    assert not run(cold.items([anna.char_id]))
    assert not run(cold.documents("combat", [anna.char_id]))


def test_each_of_a_batch_is_judged_by_itself(cold: ColdStore, run: Run) -> None:
    rows = [run(cold.create(ANNA)) for _ in range(3)]
    run(cold.claim([ColdClaim(rows[1].char_id, 0, "them")]))
    batch = [backup(played(rows[0])), backup(played(rows[1])), backup(rows[2])]
    assert run(cold.save(batch)) == [SaveStatus.SAVED, SaveStatus.FENCED, SaveStatus.STALE]
    assert [row.version for row in run(cold.read([r.char_id for r in rows])) if row] == [2, 1, 1]


def test_an_epoch_claimed_elsewhere_is_saved_with_the_row(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.save([backup(played(anna, epoch=7, owner="us"))]))
    assert run(cold.peek([anna.char_id])) == [Ownership(7, 2, "us")]


BAD_ROWS: list[dict[str, Any]] = [
    {"vitals": b'{"hp":'},
    {"vitals": b"\xff"},
    {"vitals": b'"\x00"'},
    {"receipts": b""},
    {"name": "nul\x00"},
    {"location_id": "\ud800"},
    {"epoch": 2**63},
    {"stats": {"strength": 2**70}},
    {"stats": {"\ud800": 1}},
]
BAD_SECTIONS: list[Section] = [
    ItemsSection(put=[ItemRow(2**63, "sword", 1)]),
    ItemsSection(put=[ItemRow(1, "sword", -(2**63) - 1)]),
    ItemsSection(put=[ItemRow(1, "nul\x00", 1)]),
    ItemsSection(put=[ItemRow(1, "sword", 1, data=b"{")]),
    ItemsSection(put=[ItemRow(1, "sword", 1), ItemRow(1, "sword", 2)]),
    ItemsSection(drop=[2**63]),
    ItemsSection(put=[ItemRow(1, "sword", 1)], state=b'{"buffs":['),
    ItemsSection(state=b""),
    ItemsSection(state=b'"\xff"'),
    ItemsSection(state=b'"\x00"'),
    DocumentSection("not-a-uuid", b"{}"),
    DocumentSection(str(uuid4()), b"nope"),
    DocumentSection(str(uuid4()), b"nope", live=False),
    DocumentSection(str(uuid4()), b"{}", appended=[(1, b"{}"), (2, b"{")]),
    DocumentSection(str(uuid4()), b"{}", appended=[(2**63, b"{}")]),
    DocumentSection(str(uuid4()), b"{}", earlier=[DocumentSection("not-a-uuid", b"{}")]),
    DocumentSection(str(uuid4()), b"{}", earlier=[DocumentSection(str(uuid4()), b"")]),
    DocumentSection(None, earlier=[DocumentSection(str(uuid4()), b"{}", appended=[(1, b"\xff")])]),
    DocumentSection(FIGHT_ID, b"{}", earlier=[DocumentSection(FIGHT_ID, b"{}")]),
]


@pytest.mark.parametrize("bad", BAD_ROWS, ids=str)
def test_a_bad_row_is_named_and_nothing_of_the_batch_is_written(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow, bad: dict[str, Any]
) -> None:
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(anna)), backup(played(boris, **bad))]))
    assert refused.value.char_id == boris.char_id
    assert refused.value.record
    assert run(cold.read([anna.char_id, boris.char_id])) == [anna, boris]


@pytest.mark.parametrize("bad", BAD_SECTIONS)
def test_a_bad_section_is_named_and_nothing_of_the_batch_is_written(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow, bad: Section
) -> None:
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(anna)), backup(played(boris), module=bad)]))
    assert refused.value.char_id == boris.char_id
    assert run(cold.read([anna.char_id, boris.char_id])) == [anna, boris]


def test_a_character_without_a_row_is_refused_not_invented(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    ghost = evolve(anna, char_id=NOBODY_ID, version=5)
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(anna)), backup(ghost)]))
    assert refused.value.char_id == NOBODY_ID
    assert run(cold.read([anna.char_id, NOBODY_ID])) == [anna, None]


def test_a_character_twice_in_one_save_is_a_mistake(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    with pytest.raises(ValueError, match="twice"):
        run(cold.save([backup(played(anna)), backup(played(anna, 2))]))


# ---------------------------------------------------------------- items

SWORD = ItemRow(1, "sword", 1, slot="main_hand")
POTION = ItemRow(2, "potion", 3, position=0, quick_slot=1)
LETTER = ItemRow(3, "letter", 1, position=1, data=b'{"text":"a \\u0000 and \xc3\xa4"}')


def test_items_are_read_back_by_character(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    batch = [
        backup(played(anna), inventory=ItemsSection(put=[LETTER, SWORD])),
        backup(played(boris), inventory=ItemsSection(put=[POTION])),
    ]
    run(cold.save(batch))
    found = run(cold.items([boris.char_id, anna.char_id, NOBODY_ID]))
    assert found == {
        anna.char_id: StoredItems((SWORD, LETTER)),
        boris.char_id: StoredItems((POTION,)),
    }


def test_only_what_changed_of_the_items_is_touched(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.save([backup(played(anna), inventory=ItemsSection(put=[SWORD, POTION, LETTER]))]))
    fewer = evolve(POTION, quantity=2, quick_slot=None)
    section = ItemsSection(put=[fewer], drop=[SWORD.item_id])
    run(cold.save([backup(played(anna, 2), inventory=section)]))
    assert run(cold.items([anna.char_id])) == {anna.char_id: StoredItems((fewer, LETTER))}


def test_replacing_the_items_removes_the_others_of_this_character_only(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    batch = [
        backup(played(anna), inventory=ItemsSection(put=[SWORD, POTION])),
        backup(played(boris), inventory=ItemsSection(put=[LETTER])),
    ]
    run(cold.save(batch))
    arrow = ItemRow(4, "arrow", 20)
    only = ItemsSection(put=[SWORD, arrow], replace=True)
    run(cold.save([backup(played(anna, 2), inventory=only)]))
    found = run(cold.items([anna.char_id, boris.char_id]))
    assert found == {
        anna.char_id: StoredItems((SWORD, arrow)),
        boris.char_id: StoredItems((LETTER,)),
    }
    run(cold.save([backup(played(anna, 3), inventory=ItemsSection(replace=True))]))
    assert run(cold.items([anna.char_id])) == {}


def test_an_item_cannot_get_a_second_owner(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.save([backup(played(anna), inventory=ItemsSection(put=[SWORD]))]))
    stolen = ItemsSection(put=[evolve(SWORD, quantity=9), POTION])
    with pytest.raises(BadRecordError, match=f"belongs to character {anna.char_id}") as refused:
        run(cold.save([backup(played(anna, 2)), backup(played(boris), inventory=stolen)]))
    assert refused.value.char_id == boris.char_id
    found = run(cold.items([anna.char_id, boris.char_id]))
    assert found == {anna.char_id: StoredItems((SWORD,))}
    assert [row.version for row in run(cold.read([anna.char_id, boris.char_id])) if row] == [2, 1]


def test_another_character_cannot_drop_an_item(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.save([backup(played(anna), inventory=ItemsSection(put=[SWORD]))]))
    run(cold.save([backup(played(boris), inventory=ItemsSection(drop=[SWORD.item_id]))]))
    assert run(cold.items([anna.char_id])) == {anna.char_id: StoredItems((SWORD,))}


def test_an_item_changes_hands_within_a_batch(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.save([backup(played(boris), inventory=ItemsSection(put=[SWORD]))]))
    batch = [
        backup(played(anna), inventory=ItemsSection(put=[SWORD])),
        backup(played(boris, 2), inventory=ItemsSection(drop=[SWORD.item_id])),
    ]
    run(cold.save(batch))
    found = run(cold.items([anna.char_id, boris.char_id]))
    assert found == {anna.char_id: StoredItems((SWORD,))}


def test_item_ids_are_given_out_once(cold: ColdStore, run: Run) -> None:
    blocks = [run(cold.reserve_item_ids(count)) for count in (1000, 1, 5)]
    assert list(map(len, blocks)) == [1000, 1, 5]
    assert len({item_id for block in blocks for item_id in block}) == 1006
    assert 0 < min(map(min, blocks)) <= max(map(max, blocks)) < 2**53


# ---------------------------------------------------------------- the inventory's state

TIRED = b'{"cooldowns": {"potion": 1700000000.5}, "buffs": []}'
RESTED = '{"cooldowns":{},"buffs":["\\u0000 and ä"]}'.encode()


def state_of(cold: ColdStore, run: Run, row: CharacterRow) -> bytes | None:
    """The inventory state that is stored for the character."""
    return run(cold.items([row.char_id])).get(row.char_id, StoredItems()).state


def test_the_state_of_an_inventory_is_read_back_byte_for_byte(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    batch = [
        backup(played(anna), inventory=ItemsSection(put=[SWORD], state=TIRED)),
        backup(played(boris), inventory=ItemsSection(put=[POTION], state=RESTED)),
    ]
    run(cold.save(batch))
    assert run(cold.items([boris.char_id, anna.char_id, NOBODY_ID])) == {
        anna.char_id: StoredItems((SWORD,), TIRED),
        boris.char_id: StoredItems((POTION,), RESTED),
    }


def test_a_character_without_items_has_a_state_all_the_same(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    batch = [
        backup(played(anna), inventory=ItemsSection(replace=True, state=TIRED)),
        backup(played(boris), inventory=ItemsSection(replace=True)),
    ]
    run(cold.save(batch))
    found = run(cold.items([anna.char_id, boris.char_id]))
    assert found == {anna.char_id: StoredItems((), TIRED)}


def test_the_state_saved_last_is_the_one_that_is_stored(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(
        cold.save(
            [backup(played(row), inventory=ItemsSection(state=TIRED)) for row in (anna, boris)]
        )
    )
    again = [
        backup(played(anna, 2), inventory=ItemsSection(state=RESTED)),
        backup(played(boris, 2), inventory=ItemsSection(state=TIRED)),
    ]
    assert run(cold.save(again)) == [SaveStatus.SAVED] * 2
    assert (state_of(cold, run, anna), state_of(cold, run, boris)) == (RESTED, TIRED)


@pytest.mark.parametrize(
    "section",
    [
        ItemsSection(),
        ItemsSection(put=[POTION], drop=[SWORD.item_id]),
        ItemsSection(put=[POTION], replace=True),
        ItemsSection(replace=True),
    ],
    ids=str,
)
def test_a_section_without_a_state_leaves_the_stored_one(
    cold: ColdStore, run: Run, anna: CharacterRow, section: ItemsSection
) -> None:
    run(cold.save([backup(played(anna), inventory=ItemsSection(put=[SWORD], state=TIRED))]))
    assert run(cold.save([backup(played(anna, 2), inventory=section)])) == [SaveStatus.SAVED]
    assert state_of(cold, run, anna) == TIRED


def test_a_state_leaves_the_items_as_they_are(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.save([backup(played(anna), inventory=ItemsSection(put=[SWORD, LETTER]))]))
    run(cold.save([backup(played(anna, 2), inventory=ItemsSection(state=TIRED))]))
    assert run(cold.items([anna.char_id])) == {anna.char_id: StoredItems((SWORD, LETTER), TIRED)}


def test_the_state_of_a_backup_that_is_not_admitted_is_not_written(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    first = ItemsSection(put=[SWORD], state=TIRED)
    run(cold.save([backup(played(anna, 5), inventory=first), backup(played(boris, 5))]))
    run(cold.claim([ColdClaim(boris.char_id, 0, "them")]))
    late = [
        backup(played(anna, 4), inventory=ItemsSection(put=[LETTER], state=RESTED)),
        backup(played(boris, 9), inventory=ItemsSection(put=[POTION], state=RESTED)),
    ]
    assert run(cold.save(late)) == [SaveStatus.STALE, SaveStatus.FENCED]
    found = run(cold.items([anna.char_id, boris.char_id]))
    assert found == {anna.char_id: StoredItems((SWORD,), TIRED)}


def test_without_the_character_whose_state_is_bad_the_rest_of_the_batch_is_saved(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    good = backup(played(anna, 2), inventory=ItemsSection(put=[SWORD], state=RESTED))
    bad = backup(played(boris), inventory=ItemsSection(put=[POTION], state=b'{"cooldowns":'))
    run(cold.save([backup(played(anna), inventory=ItemsSection(state=TIRED))]))
    with pytest.raises(BadRecordError, match="JSON") as refused:
        run(cold.save([good, bad]))
    assert refused.value.char_id == boris.char_id
    assert b'{"cooldowns":' in refused.value.record
    ids = [anna.char_id, boris.char_id]
    assert run(cold.items(ids)) == {anna.char_id: StoredItems((), TIRED)}
    assert run(cold.save([good])) == [SaveStatus.SAVED]
    assert run(cold.items(ids)) == {anna.char_id: StoredItems((SWORD,), RESTED)}


def test_a_character_has_one_inventory_state_not_two(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    states = {"inventory": ItemsSection(state=TIRED), "stable": ItemsSection(state=RESTED)}
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(anna)), backup(played(boris), **states)]))
    assert refused.value.char_id == boris.char_id
    assert run(cold.items([anna.char_id, boris.char_id])) == {}


def test_the_states_of_five_hundred_are_saved_and_read_at_once(cold: ColdStore, run: Run) -> None:
    rows = run(crowd(cold, 500))
    states = {row.char_id: b'{"buffs":[%d]}' % row.char_id for row in rows}
    batch = [
        backup(played(row), inventory=ItemsSection(state=states[row.char_id]))
        for row in reversed(rows)
    ]
    assert set(run(cold.save(batch))) == {SaveStatus.SAVED}
    found = run(cold.items(list(states)))
    assert {char_id: stored.state for char_id, stored in found.items()} == states


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize("module", ["combat", "scenario", "fishing"])
def test_a_session_document_is_read_back(
    cold: ColdStore, run: Run, anna: CharacterRow, module: str
) -> None:
    first, second = str(uuid4()), str(uuid4())
    assert run(cold.documents(module, [anna.char_id])) == {}
    for turn, (session_id, data) in enumerate(
        [(first, b'{"round": 1}'), (first, b'{"round":2}'), (second, b'{"seed":"\\u0000"}')], 1
    ):
        section = DocumentSection(session_id, data)
        assert run(cold.save([Backup(played(anna, turn), {module: section})])) == [SaveStatus.SAVED]
        found = run(cold.documents(module, [anna.char_id]))
        assert found == {anna.char_id: StoredDocument(session_id, data)}


def test_a_session_that_ended_has_no_live_document(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    one, other = DocumentSection(str(uuid4()), b"1"), DocumentSection(str(uuid4()), b"2")
    run(cold.save([backup(played(anna), combat=one), backup(played(boris), combat=other)]))
    run(cold.save([backup(played(anna, 2), combat=DocumentSection(None))]))
    ids = [anna.char_id, boris.char_id]
    assert [*run(cold.documents("combat", ids))] == [boris.char_id]


def test_modules_do_not_see_each_others_documents(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fishing = DocumentSection(str(uuid4()), b"{}")
    run(cold.save([backup(played(anna), fishing=fishing)]))
    run(cold.save([backup(played(anna, 2), mining=DocumentSection(None))]))
    assert [*run(cold.documents("fishing", [anna.char_id]))] == [anna.char_id]
    assert run(cold.documents("mining", [anna.char_id])) == {}


def test_a_session_cannot_get_a_second_owner(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    session = DocumentSection(str(uuid4()), b"{}")
    run(cold.save([backup(played(anna), combat=session)]))
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(boris), combat=session)]))
    assert refused.value.char_id == boris.char_id
    assert [*run(cold.documents("combat", [anna.char_id, boris.char_id]))] == [anna.char_id]


# ---------------------------------------------------------------- history


def test_history_is_kept_whole_and_no_restore_finds_it(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fight = DocumentSection(str(uuid4()), b'{"round": 1}')
    run(cold.save([backup(played(anna), combat=fight)]))
    over = evolve(fight, data=b'{"round": 9}', live=False)
    run(cold.save([backup(played(anna, 2), combat=over)]))
    assert run(cold.documents("combat", [anna.char_id])) == {}
    found = run(cold.session("combat", str(fight.session_id)))
    assert found == StoredSession(anna.char_id, b'{"round": 9}', live=False)


def test_a_session_that_began_and_ended_between_two_saves_is_history(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    before, after = str(uuid4()), str(uuid4())
    run(cold.save([backup(played(anna), combat=DocumentSection(before, b"1"))]))
    run(cold.save([backup(played(anna, 2), combat=DocumentSection(after, b"2", live=False))]))
    assert run(cold.documents("combat", [anna.char_id])) == {}
    past = [run(cold.session("combat", session_id)) for session_id in (before, after)]
    assert [one and (one.data, one.live) for one in past] == [(b"1", False), (b"2", False)]


def test_history_can_become_live_again(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    tale = DocumentSection(str(uuid4()), b"{}", live=False)
    run(cold.save([backup(played(anna), scenario=tale)]))
    run(cold.save([backup(played(anna, 2), scenario=evolve(tale, live=True))]))
    assert [*run(cold.documents("scenario", [anna.char_id]))] == [anna.char_id]


def test_a_session_that_ended_without_a_word_is_history_too(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fight = DocumentSection(str(uuid4()), b"{}", appended=[(1, b"1")])
    run(cold.save([backup(played(anna), combat=fight)]))
    run(cold.save([backup(played(anna, 2), combat=DocumentSection(None, appended=[(2, b"2")]))]))
    found = run(cold.session("combat", str(fight.session_id)))
    assert found == StoredSession(anna.char_id, b"{}", live=False, log=((1, b"1"),))


@pytest.mark.parametrize("module", ["combat", "fishing"])
def test_what_is_appended_is_kept_by_number_and_never_changes(
    cold: ColdStore, run: Run, anna: CharacterRow, module: str
) -> None:
    session_id = str(uuid4())
    blow, parry, flight = b'{"hit": 1}', b'{"parry":"\\u0000"}', b'"gone"'
    batches: tuple[list[tuple[int, bytes]], ...] = (
        [(2, parry)],
        [(1, blow), (2, b'"other"'), (1, b'"again"')],
        [],
        [(10**12, flight)],
    )
    for turn, appended in enumerate(batches, 1):
        section = DocumentSection(session_id, b"{}", appended=appended)
        assert run(cold.save([Backup(played(anna, turn), {module: section})])) == [SaveStatus.SAVED]
    found = run(cold.session(module, session_id.upper()))
    log = ((1, blow), (2, parry), (10**12, flight))
    assert found == StoredSession(anna.char_id, b"{}", live=True, log=log)


def test_each_session_has_a_log_of_its_own(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    one = DocumentSection(str(uuid4()), b"{}", appended=[(1, b'"Anna"')])
    other = DocumentSection(str(uuid4()), b"{}", appended=[(1, b'"Boris"')])
    run(cold.save([backup(played(anna), combat=one), backup(played(boris), combat=other)]))
    found = [run(cold.session("combat", str(each.session_id))) for each in (one, other)]
    assert [each and each.log for each in found] == [((1, b'"Anna"'),), ((1, b'"Boris"'),)]


def test_a_session_and_those_it_took_the_place_of_are_saved_together(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    first = DocumentSection(str(uuid4()), b"1", appended=[(1, b'"old"')])
    run(cold.save([backup(played(anna), combat=first)]))
    past = [
        evolve(first, data=b"1.5", appended=[(1, b'"new"'), (2, b'"end"')]),
        DocumentSection(str(uuid4()), b"2", live=False),
    ]
    third = DocumentSection(str(uuid4()), b"3", appended=[(1, b'"go"')], earlier=past)
    run(cold.save([backup(played(anna, 2), combat=third)]))
    found = run(cold.documents("combat", [anna.char_id]))
    assert found == {anna.char_id: StoredDocument(str(third.session_id), b"3")}
    stored = [run(cold.session("combat", str(one.session_id))) for one in (*past, third)]
    assert stored == [
        StoredSession(anna.char_id, b"1.5", live=False, log=((1, b'"old"'), (2, b'"end"'))),
        StoredSession(anna.char_id, b"2", live=False),
        StoredSession(anna.char_id, b"3", live=True, log=((1, b'"go"'),)),
    ]


def test_earlier_sessions_are_saved_though_there_is_none_now(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    past = DocumentSection(str(uuid4()), b"1")
    run(cold.save([backup(played(anna), combat=DocumentSection(None, earlier=[past]))]))
    found = run(cold.session("combat", str(past.session_id)))
    assert found == StoredSession(anna.char_id, b"1", live=False)


@pytest.mark.parametrize("hidden", [False, True])
def test_history_cannot_get_a_second_owner_and_neither_can_its_log(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow, hidden: bool
) -> None:
    fight = DocumentSection(str(uuid4()), b"{}", live=False, appended=[(1, b"1")])
    run(cold.save([backup(played(anna), combat=fight)]))
    stolen = evolve(fight, appended=[(2, b"2")])
    if hidden:
        stolen = DocumentSection(str(uuid4()), b"{}", earlier=[stolen])
    with pytest.raises(BadRecordError) as refused:
        run(cold.save([backup(played(boris), combat=stolen)]))
    assert refused.value.char_id == boris.char_id
    found = run(cold.session("combat", str(fight.session_id)))
    assert found == StoredSession(anna.char_id, b"{}", live=False, log=((1, b"1"),))


def test_what_a_backup_that_is_not_admitted_appends_is_not_written(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fight = DocumentSection(str(uuid4()), b"{}", appended=[(1, b"1")])
    run(cold.save([backup(played(anna, 2), combat=fight)]))
    late = evolve(fight, live=False, appended=[(2, b"2")])
    assert run(cold.save([backup(played(anna), combat=late)])) == [SaveStatus.STALE]
    found = run(cold.session("combat", str(fight.session_id)))
    assert found == StoredSession(anna.char_id, b"{}", live=True, log=((1, b"1"),))


def test_a_session_is_found_by_its_module_and_its_id(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fight = DocumentSection(str(uuid4()), b"{}")
    run(cold.save([backup(played(anna), combat=fight)]))
    assert run(cold.session("scenario", str(fight.session_id))) is None
    assert run(cold.session("fishing", str(fight.session_id))) is None
    assert run(cold.session("combat", str(uuid4()))) is None
    with pytest.raises(ValueError, match="UUID"):
        run(cold.session("combat", "no uuid"))


# ---------------------------------------------------------------- the rest


def test_a_store_that_answers_a_ping_answers_what_comes_next(cold: ColdStore, run: Run) -> None:
    run(cold.ping())
    assert run(cold.read([NOBODY_ID])) == [None]


# ---------------------------------------------------------------- outbox


def event(row: CharacterRow, number: int) -> EventRecord:
    """An event of the row's character."""
    return EventRecord(f"{row.char_id}-{number}", row.char_id, "combat.ended", b'{"xp": 3}')


def test_events_wait_in_order_each_once_until_they_are_delivered(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    first, second, third = event(anna, 1), event(boris, 1), event(anna, 2)
    run(cold.save([Backup(played(anna), events=(first,)), Backup(played(boris), events=(second,))]))
    run(cold.save([Backup(played(anna, 2), events=(first, third, third))]))
    assert run(cold.outbox(10)) == [first, second, third]
    assert run(cold.outbox(2)) == [first, second]
    run(cold.delivered([first.event_id, third.event_id, "unknown"]))
    assert run(cold.outbox(10)) == [second]


def test_events_of_a_state_that_was_saved_before_wait_too(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    row = played(anna)
    run(cold.save([Backup(row)]))
    assert run(cold.save([Backup(row, events=(event(row, 1),))])) == [SaveStatus.STALE]
    assert run(cold.outbox(10)) == [event(row, 1)]


def test_events_of_an_older_epoch_are_dropped(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.claim([ColdClaim(anna.char_id, 5, "them")]))
    assert run(cold.save([Backup(played(anna), events=(event(anna, 1),))])) == [SaveStatus.FENCED]
    assert run(cold.outbox(10)) == []


# ---------------------------------------------------------------- quarantine


def entries_of(cold: ColdStore, run: Run, char_id: int) -> list[QuarantineEntry]:
    """A character's entries, with their bytes."""
    listed = [each for each in run(cold.entries(False, 1000)) if each.char_id == char_id]
    return [entry for each in listed if (entry := run(cold.entry(each.entry_id))) is not None]


def test_any_record_can_be_quarantined(cold: ColdStore, run: Run) -> None:
    run(cold.quarantine(NOBODY_ID, "re\x00dis", "\ud800 and \x00", bytes(range(256))))
    [entry] = entries_of(cold, run, NOBODY_ID)
    assert entry.record == bytes(range(256))
    assert "\x00" not in entry.source + entry.reason


def test_the_same_record_is_kept_once_and_counted(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    for _ in range(3):
        run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"\x00{"))
    [entry] = entries_of(cold, run, anna.char_id)
    assert (entry.count, entry.record, entry.size_bytes) == (3, b"\x00{", 2)
    assert entry.first_seen <= entry.last_seen


@pytest.mark.parametrize(
    "other", [("backup", "bad JSON", b"{"), ("restore", "why", b"{"), ("restore", "bad JSON", b"}")]
)
def test_another_source_reason_or_record_is_an_entry_of_its_own(
    cold: ColdStore, run: Run, anna: CharacterRow, other: tuple[str, str, bytes]
) -> None:
    run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"{"))
    run(cold.quarantine(anna.char_id, *other))
    assert len(entries_of(cold, run, anna.char_id)) == 2


def test_open_entries_hold_their_character_until_they_are_closed(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"{"))
    run(cold.quarantine(anna.char_id, "backup", "refused", b"}"))
    both = [anna.char_id, boris.char_id]
    holds = [Hold("restore", "bad JSON"), Hold("backup", "refused")]
    assert run(cold.held(both)) == {anna.char_id: holds}
    assert run(cold.close_entries(anna.char_id, "repaired")) == 2
    assert run(cold.held(both)) == {}
    assert {entry.resolution for entry in entries_of(cold, run, anna.char_id)} == {"repaired"}
    assert run(cold.close_entries(anna.char_id, "again")) == 0


def test_a_closed_record_that_is_found_again_is_open_again(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"{"))
    run(cold.close_entries(anna.char_id, "repaired"))
    run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"{"))
    [entry] = entries_of(cold, run, anna.char_id)
    assert (entry.count, entry.closed_at, entry.resolution) == (2, None, None)


def test_only_open_entries_are_listed_if_only_they_are_asked_for(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    run(cold.quarantine(anna.char_id, "restore", "bad JSON", b"{"))
    run(cold.close_entries(anna.char_id, "repaired"))
    run(cold.quarantine(boris.char_id, "restore", "bad JSON", b"{"))
    newest = run(cold.entries(True, 1))
    assert [(entry.char_id, entry.record) for entry in newest] == [(boris.char_id, b"")]
    assert anna.char_id not in [entry.char_id for entry in run(cold.entries(True, 1000))]


def test_an_unknown_entry_is_none(cold: ColdStore, run: Run) -> None:
    assert run(cold.entry(2**60)) is None


# ---------------------------------------------------------------- pages, rehearsals, schemas


def test_pages_go_through_all_characters_once(cold: ColdStore, run: Run) -> None:
    made = sorted(row.char_id for row in run(crowd(cold, 7)))
    first = run(cold.page(0, 3))
    second = run(cold.page(first[-1].char_id, 3))
    third = run(cold.page(second[-1].char_id, 3))
    assert [row.char_id for page in (first, second, third) for row in page] == made
    assert run(cold.page(made[-1], 3)) == []
    assert first == run(cold.read(made[:3]))


def test_a_rehearsal_says_what_a_save_would_do_and_writes_nothing(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    sword = ItemsSection([ItemRow(9_001, "sword", 1)])
    assert run(cold.rehearse(backup(played(anna), inventory=sword))) is SaveStatus.SAVED
    assert run(cold.rehearse(backup(anna))) is SaveStatus.STALE
    assert run(cold.read([anna.char_id])) == [anna]
    assert run(cold.items([anna.char_id])) == {}


def test_a_rehearsal_refuses_what_a_save_refuses(
    cold: ColdStore, run: Run, anna: CharacterRow, boris: CharacterRow
) -> None:
    sword = ItemsSection([ItemRow(9_002, "sword", 1)])
    run(cold.save([backup(played(anna), inventory=sword)]))
    with pytest.raises(BadRecordError, match=f"belongs to character {anna.char_id}"):
        run(cold.rehearse(backup(played(boris), inventory=sword)))


def test_every_record_comes_back_with_the_schema_it_was_written_in(
    cold: ColdStore, run: Run, anna: CharacterRow
) -> None:
    fight = str(uuid4())
    inventory = ItemsSection([ItemRow(9_003, "sword", 1)], state=b"{}", schema=3)
    combat = DocumentSection(fight, b"{}", schema=2)
    row = played(anna, schema=4)
    run(cold.save([backup(row, inventory=inventory, combat=combat)]))
    asked = [anna.char_id]
    (stored,) = run(cold.read(asked))
    assert stored is not None
    assert stored.schema == 4
    items = run(cold.items(asked))[anna.char_id]
    assert [(item.schema, items.state_schema) for item in items.rows] == [(3, 3)]
    assert run(cold.documents("combat", asked)) == {
        anna.char_id: StoredDocument(fight, b"{}", schema=2)
    }


def test_what_says_no_schema_is_of_the_first(cold: ColdStore, run: Run, anna: CharacterRow) -> None:
    assert anna.schema == 1
    sword = ItemsSection([ItemRow(9_004, "sword", 1)], state=b"{}")
    run(cold.save([backup(played(anna), inventory=sword, combat=DocumentSection(FIGHT_ID, b"1"))]))
    items = run(cold.items([anna.char_id]))[anna.char_id]
    assert (items.rows[0].schema, items.state_schema) == (1, 1)
    assert run(cold.documents("combat", [anna.char_id]))[anna.char_id].schema == 1
