"""Write-behind: oldest first, spread, in batches; no change is dropped or delayed by another."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from persistence.backup.worker import CHARACTERS_PER_SAVE, BackupWorker
from persistence.errors import BadRecordError, ColdStoreUnavailableError
from persistence.health import StoreHealth
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import ColdClaim
from tests.support.faulty_stores import with_faults
from tests.support.game import World, eventually
from tests.unit.persistence.character import Character, new_character

INTERVAL_S = 30.0


@pytest.fixture
async def worker(world: World, nursery: trio.Nursery) -> BackupWorker:
    hot, cold = with_faults(world.hot, world.redis), with_faults(world.cold, world.postgres)
    observer = StoreObserver()
    health = StoreHealth(hot, cold, observer)
    made = BackupWorker(hot, cold, health, observer, Invariants(observer), INTERVAL_S)
    nursery.start_soon(made.run)
    return made


async def changed(world: World, worker: BackupWorker) -> Character:
    """A character with one change that Redis has and Postgres has not."""
    hero = await new_character(world.cold)
    await world.hot.commit([hero.whole()])
    await change(world, worker, hero)
    return hero


async def change(world: World, worker: BackupWorker, hero: Character) -> None:
    await world.hot.commit([hero.turn()])
    worker.mark_dirty(hero)


def saved_together(world: World) -> list[list[int]]:
    """The characters of each transaction."""
    return [
        [backup.character.char_id for backup in args[0]] for args in world.postgres.calls_of("save")
    ]


async def test_a_change_is_saved_when_its_time_has_come(world: World, worker: BackupWorker) -> None:
    hero = await changed(world, worker)
    await trio.sleep(INTERVAL_S - 1)
    assert world.row(hero.char_id).version == 1
    await trio.sleep(2)
    assert world.row(hero.char_id).version == 2
    assert not world.is_dirty(hero.char_id)
    assert len(worker) == 0


async def test_many_changes_in_the_meantime_are_one_save(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    for _ in range(20):
        await trio.sleep(1)
        await change(world, worker, hero)
    await trio.sleep(INTERVAL_S)
    assert hero.saves == [22]


async def test_backups_are_spread_as_the_changes_were(world: World, worker: BackupWorker) -> None:
    heroes = []
    for _ in range(5):
        heroes.append(await changed(world, worker))
        await trio.sleep(2)
    await trio.sleep(INTERVAL_S)
    assert saved_together(world) == [[hero.char_id] for hero in heroes]


async def test_the_oldest_go_first_and_a_transaction_is_bounded(
    world: World, worker: BackupWorker
) -> None:
    heroes = [await changed(world, worker) for _ in range(CHARACTERS_PER_SAVE + 10)]
    await trio.sleep(INTERVAL_S + 1)
    order = [char_id for batch in saved_together(world) for char_id in batch]
    assert order == [hero.char_id for hero in heroes]
    assert [len(batch) for batch in saved_together(world)] == [CHARACTERS_PER_SAVE, 10]


async def test_the_urgent_go_before_the_oldest(world: World, worker: BackupWorker) -> None:
    first, second = await changed(world, worker), await changed(world, worker)
    worker.request_flush(second)
    await wait_all_tasks_blocked()
    assert saved_together(world) == [[second.char_id]]
    assert world.row(first.char_id).version == 1


async def test_a_flush_returns_when_postgres_has_everything(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    gate = world.postgres.hold("save")
    flush = world.soon(worker.flush, hero)
    await gate.reached()
    await change(world, worker, hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert flush.done
    assert flush.error is None
    assert world.row(hero.char_id).version == 3


async def test_flushing_what_is_clean_does_nothing(world: World, worker: BackupWorker) -> None:
    hero = await new_character(world.cold)
    await worker.flush(hero)
    assert saved_together(world) == []


async def test_a_change_that_lands_during_the_backup_is_not_forgotten(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    gate = world.postgres.hold("save")
    await gate.reached()
    await change(world, worker, hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert world.row(hero.char_id).version == 2
    assert world.is_dirty(hero.char_id)
    assert len(worker) == 1
    await eventually(lambda: not world.is_dirty(hero.char_id))
    assert world.row(hero.char_id).version == 3


async def test_a_flush_requested_during_a_backup_saves_again_at_once(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    gate = world.postgres.hold("save")
    worker.request_flush(hero)
    await gate.reached()
    await change(world, worker, hero)
    worker.request_flush(hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert hero.saves == [2, 3]
    assert len(worker) == 0


async def test_a_change_that_lands_before_the_clean_mark_keeps_the_dirty_mark(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    gate = world.redis.hold("mark_clean")
    await gate.reached()
    await change(world, worker, hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert world.is_dirty(hero.char_id)
    await eventually(lambda: not world.is_dirty(hero.char_id))
    assert world.row(hero.char_id).version == 3


@pytest.mark.parametrize("lose", ["lose_request", "lose_answer"])
async def test_what_fails_stays_dirty_and_is_tried_again(
    world: World, worker: BackupWorker, lose: str
) -> None:
    hero = await changed(world, worker)
    getattr(world.postgres, lose)("save", times=3)
    with pytest.raises(ColdStoreUnavailableError):
        await worker.flush(hero)
    assert len(worker) == 1
    assert world.is_dirty(hero.char_id)
    await eventually(lambda: not world.is_dirty(hero.char_id))
    assert world.row(hero.char_id).version == 2


async def test_postgres_is_not_hammered_while_it_is_down(
    world: World, worker: BackupWorker
) -> None:
    await changed(world, worker)
    world.postgres.lose_request("save", times=1_000)
    await trio.sleep(INTERVAL_S + 10)
    assert world.postgres.left("save") >= 1_000 - 25


@pytest.mark.parametrize("bad", [0, 3, 9])
async def test_one_bad_record_is_quarantined_and_the_others_are_saved(
    world: World, worker: BackupWorker, bad: int
) -> None:
    heroes = [await changed(world, worker) for _ in range(10)]
    heroes[bad].spoil()
    await trio.sleep(INTERVAL_S + 1)
    assert [world.row(hero.char_id).version == 1 for hero in heroes] == [
        number == bad for number in range(10)
    ]
    assert [it.char_id for it in world.cold.quarantined] == [heroes[bad].char_id]
    assert isinstance(heroes[bad].errors[0], BadRecordError)
    assert world.is_dirty(heroes[bad].char_id)
    assert len(worker) == 0


async def test_a_bad_record_that_postgres_can_not_name_is_found_by_halves(
    world: World, worker: BackupWorker
) -> None:
    heroes = [await changed(world, worker) for _ in range(16)]
    heroes[11].spoil()
    world.postgres.rewrite("save", unnamed)
    await trio.sleep(INTERVAL_S + 1)
    assert [it.char_id for it in world.cold.quarantined] == [heroes[11].char_id]
    assert sum(world.row(hero.char_id).version == 2 for hero in heroes) == 15
    assert len(saved_together(world)) <= 10


async def test_a_flush_of_a_bad_record_fails(world: World, worker: BackupWorker) -> None:
    hero = await changed(world, worker)
    hero.spoil()
    with pytest.raises(BadRecordError):
        await worker.flush(hero)


async def test_a_bad_record_that_can_not_be_quarantined_now_is_later(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    hero.spoil()
    world.postgres.lose_request("quarantine")
    await trio.sleep(INTERVAL_S + 5)
    assert [it.char_id for it in world.cold.quarantined] == [hero.char_id]


async def test_a_fenced_character_is_notified_and_not_saved(
    world: World, worker: BackupWorker
) -> None:
    hero, other = await changed(world, worker), await changed(world, worker)
    await world.cold.claim([ColdClaim(hero.char_id, 8, "server-b")])
    await trio.sleep(INTERVAL_S + 1)
    assert hero.fenced_in == ["postgres"]
    assert world.row(hero.char_id).version == 1
    assert world.row(other.char_id).version == 2
    assert len(worker) == 0


async def test_a_discarded_character_is_not_saved_and_its_flush_ends(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    world.postgres.go_down()
    flush = world.soon(worker.flush, hero)
    worker.discard(hero)
    world.postgres.come_back()
    await trio.sleep(2 * INTERVAL_S)
    assert flush.done
    assert world.row(hero.char_id).version == 1


async def test_a_character_forgotten_while_it_is_saved_does_not_come_back(
    world: World, worker: BackupWorker
) -> None:
    hero = await changed(world, worker)
    gate = world.postgres.hold("save")
    await gate.reached()
    hero.turn()
    worker.discard(hero)
    gate.open()
    await wait_all_tasks_blocked()
    assert len(worker) == 0
    await trio.sleep(2 * INTERVAL_S)
    assert world.postgres.count("save") == 1


async def test_the_age_of_the_oldest_change_is_known(world: World, worker: BackupWorker) -> None:
    assert worker.oldest_s() == 0
    await changed(world, worker)
    await trio.sleep(7)
    await changed(world, worker)
    assert worker.oldest_s() == pytest.approx(7)
    assert len(worker) == 2


def unnamed(error: Exception) -> Exception:
    """As asyncpg reports a refused batch: without saying which row it was."""
    return BadRecordError(0, str(error)) if isinstance(error, BadRecordError) else error
