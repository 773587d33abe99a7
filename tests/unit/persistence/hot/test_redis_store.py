"""What only a real Redis can do to its store: stop, hang up, refuse, forget, and hold nonsense."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import pytest
import redis
import uvloop

from persistence.errors import BadRecordError, HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.redis_store import RedisHotStore
from persistence.records import (
    CleanMark,
    Commit,
    CommitStatus,
    HotClaim,
    Ownership,
    SessionDelta,
)

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

OK, NEED_FULL = CommitStatus.OK, CommitStatus.NEED_FULL
BAG = keys.session("inventory", "bag")
LIMIT_S = 0.25
NOWHERE = "unix:///nowhere/redis.sock"


@pytest.fixture
def run() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield runner.run


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def store(redis_url: str, run: Run[Any]) -> Iterator[RedisHotStore]:
    store = run(RedisHotStore.connect(redis_url, modules=["inventory"], timeout_s=LIMIT_S))
    yield store
    run(store.close())


@contextmanager
def frozen_server(client: Any) -> Iterator[None]:
    """The server takes what it is sent and answers nothing."""
    pid = client.info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def setting(client: Any, name: str, value: str) -> Iterator[None]:
    before = client.config_get(name)[name]
    client.config_set(name, value)
    try:
        yield
    finally:
        client.config_set(name, before)


@contextmanager
def replica(client: Any) -> Iterator[None]:
    client.replicaof("127.0.0.1", "1")
    try:
        yield
    finally:
        client.replicaof("NO", "ONE")


def whole(char_id: int = 1, version: int = 1) -> Commit:
    bag = SessionDelta(BAG, (b"metadata", b"{}"), full=True)
    named = (b"inventory_session_id", b"bag")
    return Commit(char_id, 1, version, "a", named, (bag,), full=True)


def turns(first: int, last: int) -> Sequence[Commit]:
    return [Commit(1, 1, n, "a", (b"state", b"%d" % n), receipt=b"r") for n in range(first, last)]


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize("url", ["http://localhost", "nonsense", "/tmp/redis.sock"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="scheme"):
        RedisHotStore(url)


def test_a_path_with_spaces_and_letters_is_percent_encoded(
    redis_url: str, run: Run[Any], tmp_path: Path
) -> None:
    if not redis_url.startswith("unix:"):
        pytest.skip("the server has no socket in the file system")
    link = tmp_path / "ein schöner Ort %20.sock"
    link.symlink_to(urlsplit(redis_url).path)
    store = run(RedisHotStore.connect(f"unix://{quote(str(link))}?db=1"))
    assert run(store.peek([1])) == [None]
    run(store.close())


def test_connecting_to_nobody_says_so(run: Run[Any]) -> None:
    with pytest.raises(HotStoreUnavailableError, match=r"nowhere/redis\.sock"):
        run(RedisHotStore.connect(NOWHERE))


def test_a_store_without_a_server_is_made_and_waits_for_one(run: Run[Any]) -> None:
    store = RedisHotStore(NOWHERE)
    for _ in range(2):
        with pytest.raises(HotStoreUnavailableError):
            run(store.commit([whole()]))
    run(store.close())


def test_a_closed_store_refuses(store: RedisHotStore, run: Run[Any]) -> None:
    run(store.close())
    with pytest.raises(HotStoreUnavailableError, match="closed"):
        run(store.commit([whole()]))


# ------------------------------------------------------------------ silence and broken connections


def test_no_answer_in_time_leaves_no_stale_answer_behind(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    run(store.commit([whole()]))
    with frozen_server(client):
        for call in (store.commit(turns(2, 3)), store.peek([1]), store.dirty()):
            with pytest.raises(HotStoreUnavailableError, match=r"within 0\.25 s"):
                run(call)
    assert run(store.commit(turns(2, 5))) == [OK, OK, OK]
    assert run(store.peek([1, 2])) == [Ownership(1, 4, "a"), None]
    assert run(store.dirty()) == [1]


def test_a_cancelled_call_leaves_no_stale_answer_behind(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    async def give_up() -> None:
        async with asyncio.timeout(LIMIT_S / 5):
            await store.commit(turns(2, 3))

    run(store.commit([whole()]))
    with frozen_server(client), pytest.raises(TimeoutError):
        run(give_up())
    assert run(store.commit(turns(2, 5))) == [OK, OK, OK]


def test_calls_that_wait_behind_a_dead_one_fail_in_the_same_time(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    async def crowd() -> Sequence[Any]:
        calls = (store.commit([whole(n)]) for n in range(20))
        async with asyncio.timeout(4 * LIMIT_S):
            return await asyncio.gather(*calls, return_exceptions=True)

    with frozen_server(client):
        answers = run(crowd())
    assert {type(answer) for answer in answers} == {HotStoreUnavailableError}


def test_calls_at_the_same_time_get_their_own_answers(store: RedisHotStore, run: Run[Any]) -> None:
    async def crowd() -> Sequence[Any]:
        return await asyncio.gather(*(store.commit(turns(n, n + n)) for n in range(1, 40)))

    run(store.commit([whole()]))
    assert [len(answer) for answer in run(crowd())] == list(range(1, 40))


def test_a_connection_that_was_cut_is_made_anew(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    run(store.commit([whole()]))
    client.client_kill_filter(_type="normal", skipme=True)
    with suppress(HotStoreUnavailableError):  # unless the hang-up is noticed before the call
        run(store.commit(turns(2, 3)))
    assert run(store.commit(turns(2, 5))) == [OK, OK, OK]


def test_forgotten_scripts_are_sent_again_in_order(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    async def crowd() -> Sequence[Any]:
        return await asyncio.gather(*(store.commit(turns(n, n + 1)) for n in range(2, 9)))

    run(store.commit([whole()]))
    client.script_flush()
    assert run(crowd()) == [[OK]] * 7
    assert run(store.peek([1])) == [Ownership(1, 8, "a")]


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("code", "refusing"),
    [
        ("OOM", lambda client: setting(client, "maxmemory", "1")),
        ("NOREPLICAS", lambda client: setting(client, "min-replicas-to-write", "1")),
        ("READONLY", replica),
    ],
)
def test_a_server_that_takes_no_writes_is_unavailable_and_wrote_nothing(
    store: RedisHotStore, run: Run[Any], client: Any, code: str, refusing: Any
) -> None:
    run(store.commit([whole()]))
    with refusing(client):
        for call in (store.ping(), store.commit(turns(2, 3)), store.claim([HotClaim(1, 9, "b")])):
            with pytest.raises(HotStoreUnavailableError, match=code):
                run(call)
        assert run(store.peek([1])) == [Ownership(1, 1, "a")]
    run(store.ping())
    assert run(store.commit(turns(2, 3))) == [OK]


# ------------------------------------------------------------------ nonsense in the keys


def test_a_core_that_is_no_hash_counts_as_lost_and_hurts_nobody_else(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    client.set("ac:1", "nonsense")
    assert run(store.commit([*turns(2, 3), whole(2)])) == [NEED_FULL, OK]
    assert run(store.commit([whole(), *turns(2, 3)])) == [OK, OK]


def test_a_session_that_is_no_hash_counts_as_lost(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    run(store.commit([whole()]))
    client.set(BAG, "nonsense")
    change = Commit(1, 1, 2, "a", sessions=(SessionDelta(BAG, (b"metadata", b"{}")),))
    assert run(store.commit([change])) == [NEED_FULL]
    assert run(store.peek([1])) == [Ownership(1, 1, "a")]
    assert run(store.commit([whole(version=2)])) == [OK]


def test_a_list_of_receipts_that_is_none_is_begun_anew(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    run(store.commit([whole()]))
    client.set("dedupe:1", "nonsense")
    assert run(store.commit(turns(2, 3))) == [OK]
    assert client.lrange("dedupe:1", 0, -1) == [b"r"]


def test_a_dirty_set_that_is_none_stops_commits_before_anything_is_written(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    client.set("dirty_accounts", "nonsense")
    with pytest.raises(HotStoreUnavailableError, match="WRONGTYPE"):
        run(store.commit([whole()]))
    assert client.keys() == [b"dirty_accounts"]


@pytest.mark.parametrize("wrong", ["core", "session", "receipts", "version"])
def test_a_record_that_cannot_be_read_is_named_and_kept(
    store: RedisHotStore, run: Run[Any], client: Any, wrong: str
) -> None:
    run(store.commit([whole()]))
    if wrong == "version":
        client.hset("ac:1", "version", "nonsense")
    else:
        client.set({"core": "ac:1", "session": BAG, "receipts": "dedupe:1"}[wrong], "nonsense")
    with pytest.raises(BadRecordError) as caught:
        run(store.claim([HotClaim(1, 2, "b")]))
    assert caught.value.char_id == 1
    assert caught.value.record
    assert run(store.claim([HotClaim(2, 2, "b")]))[0].char_id == 2


def test_marks_and_sweeps_pass_over_sessions_that_are_none(
    store: RedisHotStore, run: Run[Any], client: Any
) -> None:
    run(store.commit([whole()]))
    client.set(keys.session("inventory", "x"), "nonsense")
    assert run(store.sweep(["inventory"])) == 0
    assert run(store.mark_clean([CleanMark(1, 1, 1)])) == [True]
