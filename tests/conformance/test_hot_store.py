"""What every HotStore does: the fake in memory and Redis answer alike, and leave the same keys."""

from __future__ import annotations

from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import pytest
import redis
import trio
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persistence.hot import keys
from persistence.hot.redis_store import RedisHotStore
from persistence.hot.store import HotStore
from persistence.records import (
    LOGGED_OUT,
    UNOWNED,
    ClaimRefused,
    CleanMark,
    Commit,
    CommitStatus,
    EventRecord,
    HotClaim,
    HotRelease,
    HotSession,
    HotState,
    Ownership,
    SessionDelta,
)
from persistence.testing import MemoryHotStore
from tests.support.effort import examples

T = TypeVar("T")

OK, FENCED, NEED_FULL = CommitStatus.OK, CommitStatus.FENCED, CommitStatus.NEED_FULL
MODULES = ("combat", "inventory", "scenario")
TTL_S = 1800
RECEIPTS_KEPT = 4
ANNA = 42
BAG = keys.session("inventory", "bag-1")
FIGHT = keys.session("combat", "fight-1")
METADATA = b'{"char_id":42,"dirty":true}'
CLEAN = b'{"char_id":42,"dirty":false}'
CORE = (b"state", b'"exploration"', b"combat_session_id", b"", b"inventory_session_id", b"bag-1")


class Look(Protocol):
    """Looks at the keys of a store from outside."""

    def core(self, char_id: int) -> Mapping[bytes, bytes]: ...
    def session(self, key: bytes) -> Mapping[bytes, bytes]: ...
    def receipts(self, char_id: int) -> Sequence[bytes]: ...
    def snapshot(self, key: bytes) -> bytes | None: ...
    @property
    def events(self) -> Sequence[EventRecord]: ...
    def keys(self) -> set[bytes]: ...
    def ttl_s(self, key: bytes) -> float | None: ...
    def lose(self, *lost: bytes) -> None: ...


class RedisLook:
    """The same through a client that knows nothing of the store."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def core(self, char_id: int) -> Mapping[bytes, bytes]:
        return self.session(b"ac:%d" % char_id)

    def session(self, key: bytes) -> Mapping[bytes, bytes]:
        fields: dict[bytes, bytes] = self._client.hgetall(key)
        return fields

    def receipts(self, char_id: int) -> Sequence[bytes]:
        found: list[bytes] = self._client.lrange(b"dedupe:%d" % char_id, 0, -1)
        return found

    def snapshot(self, key: bytes) -> bytes | None:
        found: bytes | None = self._client.get(key)
        return found

    @property
    def events(self) -> Sequence[EventRecord]:
        return [_event(fields) for _, fields in self._client.xrange("events")]

    def keys(self) -> set[bytes]:
        return {key for key in self._client.scan_iter() if not key.startswith(b"alive:")}

    def ttl_s(self, key: bytes) -> float | None:
        ttl_ms = self._client.pttl(key)
        return ttl_ms / 1000 if ttl_ms >= 0 else None

    def lose(self, *lost: bytes) -> None:
        if lost:
            self._client.delete(*lost)
        else:
            self._client.flushall()


def _event(fields: Mapping[bytes, bytes]) -> EventRecord:
    texts = [fields[name].decode() for name in (b"id", b"char_id", b"type")]
    return EventRecord(texts[0], int(texts[1]), texts[2], fields[b"data"])


@frozen
class Hot:
    """A store and its keys."""

    store: HotStore
    look: Look

    def run(self, call: Coroutine[Any, Any, T]) -> T:
        return run(call)

    def commit(self, *commits: Commit) -> list[CommitStatus]:
        return list(self.run(self.store.commit(commits)))

    def claim(self, char_id: int, epoch: int, owner: str = "server-a") -> HotState | ClaimRefused:
        return self.run(self.store.claim([HotClaim(char_id, epoch, owner)]))[0]

    def dirty(self) -> set[int]:
        return set(self.run(self.store.dirty()))

    def ttl_is_whole(self, key: bytes, ttl_s: float = TTL_S) -> bool:
        left_s = self.look.ttl_s(key)
        return left_s is not None and ttl_s - 60 < left_s <= ttl_s


def run(call: Coroutine[Any, Any, T]) -> T:
    """Await one call of a store; its connections outlive the loop."""

    async def awaited() -> T:
        return await call

    return trio.run(awaited)


@pytest.fixture(params=["memory", "redis"])
def hot(request: pytest.FixtureRequest) -> Iterator[Hot]:
    if request.param == "memory":
        fake = MemoryHotStore(session_ttl_s=TTL_S, modules=MODULES, receipts_kept=RECEIPTS_KEPT)
        yield Hot(fake, fake)
    else:
        yield from _on_redis(request.getfixturevalue("redis_url"))


def _on_redis(url: str) -> Iterator[Hot]:
    connect = RedisHotStore.connect(
        url, session_ttl_s=TTL_S, modules=MODULES, receipts_kept=RECEIPTS_KEPT
    )
    store = run(connect)
    with redis.Redis.from_url(url) as client:
        yield Hot(store, RedisLook(client))
    run(store.close())


def whole(
    version: int = 1, *, char_id: int = ANNA, epoch: int = 1, items: int = 1, dirty: bool = True
) -> Commit:
    """The whole state of a character with an open inventory."""
    put = (b"metadata", METADATA, *(part for n in range(items) for part in (b"i%d" % n, b"1")))
    bag = SessionDelta(BAG, put, full=True, dirty=dirty)
    return Commit(char_id, epoch, version, "server-a", CORE, (bag,), full=True, dirty=dirty)


def turn(version: int, *sessions: SessionDelta, epoch: int = 1, **fields: Any) -> Commit:
    """One turn of Anna's that moves her."""
    core = (b"location", b'"cellar %d"' % version)
    return Commit(ANNA, epoch, version, "server-a", core, sessions, **fields)


def item(key: bytes = BAG) -> SessionDelta:
    return SessionDelta(key, (b"metadata", METADATA, b"i0", b"2"))


# ------------------------------------------------------------------ commit


def test_a_full_commit_leaves_exactly_what_it_says(hot: Hot) -> None:
    assert hot.commit(whole(7)) == [OK]
    assert hot.look.core(ANNA) == {
        b"state": b'"exploration"',
        b"combat_session_id": b"",
        b"inventory_session_id": b"bag-1",
        b"epoch": b"1",
        b"version": b"7",
        b"owner": b"server-a",
    }
    assert hot.look.session(BAG) == {b"metadata": METADATA, b"i0": b"1"}
    assert hot.look.keys() == {b"ac:42", BAG, b"dirty_accounts"}
    assert hot.dirty() == {ANNA}


def test_a_turn_changes_only_what_it_names(hot: Hot) -> None:
    delta = SessionDelta(BAG, (b"metadata", CLEAN, b"i9", b"3"), drop=(b"i0", b"nothing"))
    assert hot.commit(whole(7), turn(8, delta)) == [OK, OK]
    assert hot.look.session(BAG) == {b"metadata": CLEAN, b"i9": b"3"}
    assert hot.look.core(ANNA)[b"location"] == b'"cellar 8"'
    assert hot.look.core(ANNA)[b"state"] == b'"exploration"'
    assert hot.look.core(ANNA)[b"version"] == b"8"


def test_turns_of_one_character_in_one_batch_work_in_order(hot: Hot) -> None:
    assert hot.commit(whole(1), turn(2, item()), turn(3), turn(4, item())) == [OK] * 4
    assert hot.look.core(ANNA)[b"version"] == b"4"


def test_a_turn_out_of_order_needs_the_whole_state(hot: Hot) -> None:
    hot.commit(whole(1))
    before = hot.look.core(ANNA)
    assert hot.commit(turn(3, item())) == [NEED_FULL]
    assert hot.look.core(ANNA) == before
    assert hot.look.session(BAG)[b"i0"] == b"1"


def test_a_turn_of_an_unknown_character_needs_the_whole_state(hot: Hot) -> None:
    assert hot.commit(turn(1), turn(2)) == [NEED_FULL, NEED_FULL]
    assert hot.look.keys() == set()


def test_a_turn_on_a_bare_claim_needs_the_whole_state(hot: Hot) -> None:
    hot.claim(ANNA, 1)
    assert hot.commit(turn(1)) == [NEED_FULL]


@pytest.mark.parametrize("others", [(), (SessionDelta(FIGHT, delete=True),), (item(FIGHT),)])
def test_a_turn_whose_session_is_lost_writes_nothing(
    hot: Hot, others: tuple[SessionDelta, ...]
) -> None:
    hot.commit(whole(1), turn(2, SessionDelta(FIGHT, (b"metadata", METADATA), full=True)))
    before = hot.look.core(ANNA)
    hot.look.lose(BAG)
    assert hot.commit(turn(3, *others, item(), receipt=b"lost")) == [NEED_FULL]
    assert hot.look.core(ANNA) == before
    assert hot.look.session(FIGHT) == {b"metadata": METADATA}
    assert hot.look.keys() == {b"ac:42", FIGHT, b"dirty_accounts"}


def test_an_older_epoch_is_fenced_and_writes_nothing(hot: Hot) -> None:
    hot.commit(whole(5, epoch=9))
    before = hot.look.core(ANNA)
    old = [turn(6, item(), epoch=8), whole(6, epoch=8), whole(5, epoch=8)]
    assert hot.commit(*old) == [FENCED] * 3
    assert hot.look.core(ANNA) == before


def test_epochs_are_compared_as_numbers(hot: Hot) -> None:
    hot.commit(whole(1, epoch=10))
    assert hot.commit(turn(2, epoch=9)) == [FENCED]


def test_epochs_and_versions_up_to_2_to_the_53_are_exact(hot: Hot) -> None:
    top = 2**53 - 1
    hot.commit(whole(top - 1, epoch=top))
    assert hot.commit(turn(top, epoch=top - 1), turn(top, epoch=top)) == [FENCED, OK]
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(top, top, "server-a")]


def test_a_resent_batch_is_ok_and_writes_nothing_twice(hot: Hot) -> None:
    batch = [whole(1), turn(2, item(), receipt=b"r2"), turn(3, receipt=b"r3")]
    hot.commit(*batch)
    assert hot.commit(*batch) == [OK, OK, OK]
    assert hot.look.core(ANNA)[b"version"] == b"3"
    assert hot.look.receipts(ANNA) == [b"r2", b"r3"]


def test_a_full_commit_may_write_its_own_version_again(hot: Hot) -> None:
    hot.commit(whole(3))
    assert hot.commit(evolve(whole(3), core=(b"state", b'"combat"'))) == [OK]
    assert hot.look.core(ANNA)[b"state"] == b'"combat"'


def test_a_turn_is_not_put_on_a_state_of_an_older_epoch(hot: Hot) -> None:
    hot.commit(whole(1, epoch=1))
    assert hot.commit(turn(2, epoch=2)) == [NEED_FULL]
    assert hot.commit(turn(1, epoch=2)) == [NEED_FULL]


def test_a_full_commit_of_a_newer_epoch_goes_over_a_higher_version_of_an_older(hot: Hot) -> None:
    hot.commit(whole(9, epoch=1))
    assert hot.commit(whole(8, epoch=2)) == [OK]
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(2, 8, "server-a")]


def test_a_full_commit_leaves_nothing_of_what_was_there(hot: Hot) -> None:
    fight = SessionDelta(FIGHT, (b"metadata", METADATA), full=True)
    named = (b"combat_session_id", b"fight-1", b"location", b'"arena"')
    hot.commit(whole(1), evolve(turn(2, fight, receipt=b"old"), core=named))
    assert hot.commit(evolve(whole(3), receipts=(b"a", b"b"))) == [OK]
    assert b"location" not in hot.look.core(ANNA)
    assert hot.look.session(FIGHT) == {}
    assert hot.look.receipts(ANNA) == [b"a", b"b"]


def test_a_deleted_session_is_gone(hot: Hot) -> None:
    gone = (b"inventory_session_id", b"")
    delete = SessionDelta(BAG, delete=True)
    assert hot.commit(whole(1), evolve(turn(2, delete), core=gone)) == [OK, OK]
    assert hot.look.session(BAG) == {}


def test_a_session_can_replace_an_old_one(hot: Hot) -> None:
    replacing = SessionDelta(BAG, (b"metadata", METADATA, b"i7", b"7"), full=True)
    assert hot.commit(whole(1), turn(2, replacing)) == [OK, OK]
    assert hot.look.session(BAG) == {b"metadata": METADATA, b"i7": b"7"}


def test_a_turn_with_nothing_new_is_still_a_version(hot: Hot) -> None:
    hot.commit(whole(1))
    assert hot.commit(evolve(turn(2), core=())) == [OK]
    assert hot.look.core(ANNA)[b"version"] == b"2"


def test_a_full_commit_writes_the_owner(hot: Hot) -> None:
    hot.commit(whole(1), evolve(whole(2), owner="Übermorgen"))
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(1, 2, "Übermorgen")]


def test_a_turn_leaves_the_owner_as_the_claim_wrote_it(hot: Hot) -> None:
    hot.commit(whole(1), evolve(turn(2), owner="Übermorgen"))
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(1, 2, "server-a")]


def test_an_inventory_of_ten_thousand_items_is_written_and_changed(hot: Hot) -> None:
    items = tuple(part for n in range(10_000) for part in (b"i%d" % n, b"9"))
    many = SessionDelta(BAG, (b"metadata", METADATA, *items))
    fewer = SessionDelta(BAG, (b"metadata", METADATA), drop=items[2::2])
    assert hot.commit(whole(1, items=10_000), turn(2, many)) == [OK, OK]
    assert len(hot.look.session(BAG)) == 10_001
    assert hot.commit(turn(3, fewer)) == [OK]
    assert hot.look.session(BAG) == {b"metadata": METADATA, b"i0": b"9"}


def test_values_may_hold_any_bytes(hot: Hot) -> None:
    raw = bytes(range(256)) + b"\r\n$3\r\n"
    hot.commit(whole(1), evolve(turn(2), core=(b"bio", raw), receipt=raw))
    assert hot.look.core(ANNA)[b"bio"] == raw
    assert hot.look.receipts(ANNA) == [raw]


def test_the_latest_receipts_are_kept_and_the_list_stays_bounded(hot: Hot) -> None:
    hot.commit(whole(1), *(turn(n, receipt=b"r%d" % n) for n in range(2, 100)))
    kept = hot.look.receipts(ANNA)
    assert RECEIPTS_KEPT <= len(kept) <= RECEIPTS_KEPT + RECEIPTS_KEPT // 4
    assert kept == [b"r%d" % n for n in range(100 - len(kept), 100)]


def test_an_empty_batch_is_nothing(hot: Hot) -> None:
    assert hot.commit() == []


# ------------------------------------------------------------------ time to live


def test_a_dirty_session_never_expires(hot: Hot) -> None:
    hot.commit(whole(1, dirty=False))
    assert hot.ttl_is_whole(BAG)
    hot.commit(turn(2, item()))
    assert hot.look.ttl_s(BAG) is None


def test_a_session_written_clean_gets_its_ttl_and_no_dirty_mark(hot: Hot) -> None:
    hot.commit(whole(1, dirty=False), turn(2, evolve(item(), dirty=False), dirty=False))
    assert hot.ttl_is_whole(BAG)
    assert hot.dirty() == set()


def test_a_clean_session_stays_clean_when_another_changes(hot: Hot) -> None:
    hot.commit(whole(1, dirty=False))
    hot.commit(turn(2, SessionDelta(FIGHT, (b"metadata", METADATA), full=True)))
    assert hot.ttl_is_whole(BAG)
    assert hot.look.ttl_s(FIGHT) is None


@pytest.mark.parametrize("full", [True, False])
def test_a_dirty_turn_may_write_one_session_clean_and_another_dirty(hot: Hot, full: bool) -> None:
    fight = SessionDelta(FIGHT, (b"metadata", METADATA), full=True)
    hot.commit(whole(1), turn(2, fight))
    clean = evolve(item(), dirty=False, full=full)
    assert hot.commit(evolve(turn(3, clean, evolve(fight, full=full)), full=full)) == [OK]
    assert hot.ttl_is_whole(BAG)
    assert hot.look.ttl_s(FIGHT) is None
    assert hot.dirty() == {ANNA}


def test_touching_extends_clean_sessions_and_no_others(hot: Hot) -> None:
    hot.commit(whole(1, dirty=False))
    hot.commit(turn(2, SessionDelta(FIGHT, (b"metadata", METADATA), full=True)))
    hot.run(hot.store.touch([BAG, FIGHT, keys.session("combat", "none")]))
    assert hot.ttl_is_whole(BAG)
    assert hot.look.ttl_s(FIGHT) is None
    assert hot.look.keys() == {b"ac:42", BAG, FIGHT, b"dirty_accounts"}


# ------------------------------------------------------------------ claim, peek


def test_a_claim_reads_everything_and_takes_the_epoch(hot: Hot) -> None:
    hot.commit(whole(6), turn(7, receipt=b"r7"))
    assert hot.claim(ANNA, 2, "server-b") == HotState(
        char_id=ANNA,
        epoch=2,
        version=7,
        owner="server-a",
        core={
            "state": b'"exploration"',
            "combat_session_id": b"",
            "inventory_session_id": b"bag-1",
            "location": b'"cellar 7"',
        },
        sessions={"inventory": HotSession("bag-1", {b"metadata": METADATA, b"i0": b"1"})},
        receipts=[b"r7"],
    )
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(2, 7, "server-b")]


def test_a_claim_fences_the_one_before(hot: Hot) -> None:
    hot.commit(whole(1))
    hot.claim(ANNA, 2)
    assert hot.commit(turn(2)) == [FENCED]


@pytest.mark.parametrize("epoch", [9, 10])
def test_a_claim_that_is_not_above_is_refused_and_changes_nothing(hot: Hot, epoch: int) -> None:
    hot.commit(whole(1, epoch=10))
    assert hot.claim(ANNA, epoch, "thief") == ClaimRefused(ANNA, 10)
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(10, 1, "server-a")]


def test_an_unknown_character_gets_a_stub_that_fences(hot: Hot) -> None:
    state = hot.claim(ANNA, 5, "server-b")
    assert state == HotState(ANNA, 5, 0, LOGGED_OUT, {}, {}, [])
    assert hot.commit(whole(1, epoch=4)) == [FENCED]
    assert hot.look.core(ANNA) == {b"epoch": b"5", b"owner": b"server-b"}
    assert hot.claim(ANNA, 6) == HotState(ANNA, 6, 0, "server-b", {}, {}, [])


def test_a_named_but_missing_session_differs_from_none(hot: Hot) -> None:
    hot.commit(whole(1))
    hot.look.lose(BAG)
    state = hot.claim(ANNA, 2)
    assert isinstance(state, HotState)
    assert state.sessions == {"inventory": HotSession("bag-1", None)}


def test_many_are_claimed_and_peeked_at_once_in_order(hot: Hot) -> None:
    everyone = range(1, 1500)
    hot.commit(*(whole(n, char_id=n) for n in everyone[::2]))
    claims = [HotClaim(n, 2, "server-b") for n in everyone]
    states = hot.run(hot.store.claim(claims))
    assert [state.char_id for state in states] == list(everyone)
    owners = hot.run(hot.store.peek([*everyone, 9999]))
    assert owners[:2] == [Ownership(2, 1, "server-b"), Ownership(2, 0, "server-b")]
    assert owners[-1] is None


# ------------------------------------------------------------------ mark clean, release


def test_marking_clean_takes_out_of_the_dirty_set_and_gives_sessions_their_time(hot: Hot) -> None:
    hot.commit(whole(3))
    mark = CleanMark(ANNA, 1, 3, ((BAG, CLEAN), (FIGHT, CLEAN)))
    assert hot.run(hot.store.mark_clean([mark])) == [True]
    assert hot.dirty() == set()
    assert hot.look.session(BAG) == {b"metadata": CLEAN, b"i0": b"1"}
    assert hot.ttl_is_whole(BAG)
    assert hot.look.keys() == {b"ac:42", BAG}


@pytest.mark.parametrize(("epoch", "version"), [(1, 2), (1, 4), (0, 3), (2, 3)])
def test_a_change_after_the_backup_stays_dirty(hot: Hot, epoch: int, version: int) -> None:
    hot.commit(whole(3))
    mark = CleanMark(ANNA, epoch, version, ((BAG, CLEAN),))
    assert hot.run(hot.store.mark_clean([mark])) == [False]
    assert hot.dirty() == {ANNA}
    assert hot.look.session(BAG)[b"metadata"] == METADATA
    assert hot.look.ttl_s(BAG) is None


def test_marks_are_answered_in_order(hot: Hot) -> None:
    hot.commit(whole(3), whole(5, char_id=43))
    marks = [CleanMark(43, 1, 4), CleanMark(ANNA, 1, 3), CleanMark(44, 1, 1)]
    assert hot.run(hot.store.mark_clean(marks)) == [False, True, True]
    assert hot.dirty() == {43}


def test_logging_out_gives_the_core_and_its_list_a_time_to_live(hot: Hot) -> None:
    hot.commit(whole(1), turn(2, receipt=b"r2"))
    assert hot.run(hot.store.release([HotRelease(ANNA, 1, 2, LOGGED_OUT)])) == [True]
    assert hot.look.core(ANNA)[b"owner"] == b""
    assert hot.ttl_is_whole(b"ac:42")
    assert hot.ttl_is_whole(b"dedupe:42")


def test_a_character_left_without_a_server_does_not_expire(hot: Hot) -> None:
    hot.commit(whole(1))
    assert hot.run(hot.store.release([HotRelease(ANNA, 1, 1, UNOWNED)])) == [True]
    assert hot.run(hot.store.peek([ANNA])) == [Ownership(1, 1, UNOWNED)]
    assert hot.look.ttl_s(b"ac:42") is None


@pytest.mark.parametrize(("epoch", "version"), [(1, 1), (2, 2), (0, 2)])
def test_a_character_that_moved_on_is_not_released(hot: Hot, epoch: int, version: int) -> None:
    hot.commit(whole(1), turn(2))
    assert hot.run(hot.store.release([HotRelease(ANNA, epoch, version, LOGGED_OUT)])) == [False]
    assert hot.look.core(ANNA)[b"owner"] == b"server-a"
    assert hot.look.ttl_s(b"ac:42") is None


def test_releasing_what_is_not_stored_is_fine(hot: Hot) -> None:
    assert hot.run(hot.store.release([HotRelease(ANNA, 1, 1, LOGGED_OUT)])) == [True]
    assert hot.look.keys() == set()


def test_a_character_that_comes_back_does_not_expire(hot: Hot) -> None:
    hot.commit(whole(1), turn(2, receipt=b"r2"))
    hot.run(hot.store.release([HotRelease(ANNA, 1, 2, LOGGED_OUT)]))
    hot.claim(ANNA, 2)
    assert hot.look.ttl_s(b"ac:42") is None
    assert hot.look.ttl_s(b"dedupe:42") is None


# ------------------------------------------------------------------ the rest


def test_a_clean_session_says_how_long_it_has_and_a_dirty_one_has_no_end(hot: Hot) -> None:
    new = keys.session("combat", "x")
    clean = SessionDelta(new, (b"metadata", METADATA), full=True, dirty=False)
    hot.commit(whole(1), turn(2, clean))
    left = hot.run(hot.store.time_left([BAG, clean.key, b"combat:session:gone"]))
    assert left[0] is None
    assert left[1] is not None
    assert TTL_S - 60 < left[1] <= TTL_S
    assert left[2] is None


def test_a_snapshot_is_kept_for_a_minute(hot: Hot) -> None:
    key = keys.temp("inventory", "5f0c")
    hot.run(hot.store.put_snapshot(key, b"snapshot"))
    assert key == b"temp:inventory:5f0c"
    assert hot.ttl_is_whole(key, 60)
    assert hot.look.snapshot(key) == b"snapshot"


def test_a_sweep_deletes_the_sessions_that_no_core_names(hot: Hot) -> None:
    unnamed = SessionDelta(FIGHT, (b"metadata", METADATA), full=True)
    ownerless = SessionDelta(keys.session("combat", "x"), (b"metadata", b"not JSON"), full=True)
    hot.commit(whole(1), turn(2, unnamed), turn(3, ownerless))
    assert hot.run(hot.store.sweep(["inventory"])) == 0
    assert hot.run(hot.store.sweep(MODULES)) == 1
    assert hot.look.keys() == {b"ac:42", BAG, ownerless.key, b"dirty_accounts"}


def test_a_sweep_deletes_the_sessions_of_a_character_that_is_gone(hot: Hot) -> None:
    hot.commit(whole(1))
    hot.look.lose(b"ac:42")
    assert hot.run(hot.store.sweep(MODULES)) == 1
    assert hot.look.session(BAG) == {}


def test_thousands_of_dirty_characters_are_listed(hot: Hot) -> None:
    everyone = range(1, 3001)
    for first in everyone[::500]:
        hot.commit(*(Commit(n, 1, 1, "a", full=True) for n in range(first, first + 500)))
    assert hot.dirty() == set(everyone)


def test_a_store_that_lost_everything_takes_the_whole_state_again(hot: Hot) -> None:
    hot.commit(whole(1))
    hot.look.lose()
    assert hot.commit(turn(2)) == [NEED_FULL]
    assert hot.commit(whole(2), turn(3, item())) == [OK, OK]
    assert hot.dirty() == {ANNA}


def test_a_ping_tells_once_that_everything_was_lost(hot: Hot) -> None:
    hot.run(hot.store.ping())
    hot.commit(whole(1))
    assert not hot.run(hot.store.ping())
    hot.look.lose()
    assert hot.run(hot.store.ping())
    assert not hot.run(hot.store.ping())
    assert hot.look.keys() == set()


# ------------------------------------------------------------------ any sequence

_char_ids = st.integers(1, 2)
_epochs = st.integers(1, 3)
_versions = st.integers(1, 4)
_owners = st.sampled_from(["a", "b", LOGGED_OUT, UNOWNED])
_session_keys = st.sampled_from([BAG, FIGHT])
_puts = st.sampled_from([(b"metadata", b'{"char_id":1}'), (b"metadata", b"{}", b"i1", b"1")])
_sessions = st.builds(
    SessionDelta,
    key=_session_keys,
    put=_puts,
    drop=st.sampled_from([(), (b"i1",)]),
    full=st.booleans(),
    delete=st.booleans(),
    dirty=st.booleans(),
)
_cores = st.sampled_from(
    [(), CORE, (b"combat_session_id", b"fight-1"), (b"inventory_session_id", b"")]
)
_commits = st.builds(
    Commit,
    char_id=_char_ids,
    epoch=_epochs,
    version=_versions,
    owner=_owners,
    core=_cores,
    sessions=st.lists(_sessions, max_size=2, unique_by=lambda delta: delta.key).map(tuple),
    receipt=st.sampled_from([b"", b"r"]),
    receipts=st.lists(st.sampled_from([b"x", b"y"]), max_size=8).map(tuple),
    full=st.booleans(),
    dirty=st.booleans(),
)
_marks = st.builds(
    CleanMark,
    _char_ids,
    _epochs,
    _versions,
    st.sampled_from([(), ((BAG, b"clean"),), ((BAG, b"clean"), (FIGHT, b"clean"))]),
)
_calls = st.one_of(
    st.tuples(st.just("commit"), st.lists(_commits, min_size=1, max_size=4)),
    st.tuples(st.just("commit"), st.lists(_commits, min_size=1, max_size=4)),
    st.tuples(st.just("claim"), st.lists(st.builds(HotClaim, _char_ids, _epochs, _owners))),
    st.tuples(st.just("peek"), st.lists(_char_ids)),
    st.tuples(st.just("mark_clean"), st.lists(_marks)),
    st.tuples(
        st.just("release"), st.lists(st.builds(HotRelease, _char_ids, _epochs, _versions, _owners))
    ),
    st.tuples(st.just("touch"), st.lists(_session_keys)),
    st.tuples(st.just("sweep"), st.just(MODULES)),
)


@settings(examples(50), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(_calls, max_size=12))
def test_the_fake_and_redis_agree_on_any_sequence(
    redis_url: str, calls: list[tuple[str, Any]]
) -> None:
    for real in _on_redis(redis_url):
        real.look.lose()
        fake = MemoryHotStore(session_ttl_s=TTL_S, modules=MODULES, receipts_kept=RECEIPTS_KEPT)
        for method, argument in calls:
            expected = run(getattr(fake, method)(argument))
            assert run(getattr(real.store, method)(argument)) == expected
            _assert_same_keys(fake, real.look)
        assert real.dirty() == set(run(fake.dirty()))


def _assert_same_keys(fake: Look, real: Look) -> None:
    assert real.keys() == fake.keys()
    for char_id in (1, 2):
        assert real.receipts(char_id) == fake.receipts(char_id)
    for key in (b"ac:1", b"ac:2", BAG, FIGHT):
        assert real.session(key) == fake.session(key)
        assert (real.ttl_s(key) is None) == (fake.ttl_s(key) is None)


# ------------------------------------------------------------------ events


def event(number: int = 1, char_id: int = ANNA) -> EventRecord:
    return EventRecord(f"{char_id}-1-{number}", char_id, "combat.ended", b'{"xp":%d}' % number)


def test_events_are_appended_with_their_commit_in_order(hot: Hot) -> None:
    full = evolve(whole(1), events=(event(1), event(2)))
    changes_a_session = turn(2, item(), events=(event(3),), receipt=b"receipt")
    changes_the_core = turn(3, events=(event(4),))
    assert hot.commit(full, changes_a_session, turn(4), changes_the_core) == [OK] * 2 + [
        NEED_FULL,
        OK,
    ]
    assert hot.look.events == [event(1), event(2), event(3), event(4)]
    assert hot.look.session(BAG)[b"i0"] == b"2"
    assert hot.look.core(ANNA)[b"version"] == b"3"
    assert hot.look.receipts(ANNA) == [b"receipt"]


def test_a_commit_that_is_not_written_tells_nothing(hot: Hot) -> None:
    hot.commit(whole(5))
    hot.claim(7, 9)
    fenced = Commit(7, 8, 1, "server-a", CORE, full=True, events=(event(2, 7),))
    lacks_its_session = turn(6, item(keys.session("combat", "gone")), events=(event(3),))
    assert hot.commit(turn(7, events=(event(1),)), fenced, lacks_its_session) == [
        NEED_FULL,
        FENCED,
        NEED_FULL,
    ]
    assert hot.look.events == []


def test_a_commit_that_was_written_before_tells_its_events_no_second_time(hot: Hot) -> None:
    again = turn(2, item(), events=(event(1),))
    assert hot.commit(whole(1), again) == [OK, OK]
    assert hot.commit(again) == [OK]
    assert hot.look.events == [event(1)]


def test_events_that_waited_are_appended(hot: Hot) -> None:
    waited = [event(number) for number in range(1, 1201)]
    hot.run(hot.store.append_events(waited))
    assert hot.look.events == waited


def test_a_sweep_spares_what_another_core_names_than_it_says(hot: Hot) -> None:
    other = SessionDelta(BAG, (b"metadata", b'{"char_id":7}', b"i0", b"1"), full=True)
    hot.commit(evolve(whole(1), sessions=(other,)), whole(1, char_id=7))
    hot.commit(evolve(whole(2, char_id=7), core=(b"inventory_session_id", b""), sessions=()))
    hot.commit(evolve(whole(2), sessions=(other,)))
    assert hot.run(hot.store.sweep(MODULES)) == 0
    assert hot.look.session(BAG)


# ------------------------------------------------------------------ read and reset


def test_a_read_gives_what_a_claim_would_and_changes_nothing(hot: Hot) -> None:
    hot.commit(whole(6), turn(7, receipt=b"r7"))
    before = hot.look.core(ANNA)
    found, unknown = hot.run(hot.store.read([ANNA, ANNA + 1]))
    assert hot.look.core(ANNA) == before
    claimed = hot.claim(ANNA, 2, "server-b")
    assert isinstance(claimed, HotState)
    assert found == evolve(claimed, epoch=1)
    assert unknown is None


def test_a_reset_forgets_everything_but_that_the_character_was_claimed(hot: Hot) -> None:
    hot.commit(whole(6), turn(7, receipt=b"r7"))
    assert hot.run(hot.store.reset([HotClaim(ANNA, 5, "-")])) == [True]
    assert hot.look.keys() == {b"ac:42"}
    assert hot.look.core(ANNA) == {b"epoch": b"5", b"owner": b"-"}
    assert hot.commit(turn(8)) == [FENCED]


def test_a_reset_that_is_not_above_is_refused_and_changes_nothing(hot: Hot) -> None:
    hot.commit(whole(1, epoch=10))
    before = hot.look.core(ANNA)
    assert hot.run(hot.store.reset([HotClaim(ANNA, 10, "-")])) == [False]
    assert (hot.look.core(ANNA), hot.dirty()) == (before, {ANNA})


def test_a_reset_of_one_that_is_unknown_fences_it_all_the_same(hot: Hot) -> None:
    assert hot.run(hot.store.reset([HotClaim(ANNA, 5, "-")])) == [True]
    assert hot.commit(whole(8, epoch=4)) == [FENCED]
