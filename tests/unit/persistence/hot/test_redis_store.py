"""What only a real Redis can do to its store: stop, hang up, refuse, forget, and hold nonsense.

What a real one does too rarely to wait for, a `Peer` does: a socket that answers as the test says.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import pytest
import redis
import trio
from attrs import evolve, frozen
from trio.testing import wait_all_tasks_blocked

from persistence.errors import BadRecordError, HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.redis_store import SHARED_CONNECTIONS, RedisHotStore
from persistence.records import (
    CleanMark,
    Commit,
    CommitStatus,
    HotClaim,
    Ownership,
    SessionDelta,
)

OK, FENCED, NEED_FULL = CommitStatus.OK, CommitStatus.FENCED, CommitStatus.NEED_FULL
BAG = keys.session("inventory", "bag")
TEMP = keys.temp("inventory", "1")
BIG = os.urandom(1 << 20) * 16
"""More than any socket takes at once."""
LIMIT_S = 0.25
PATIENT_S = 10.0
"""So long that a call which fails for another reason did not wait for it."""
NOWHERE = "unix:///nowhere/redis.sock"


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[RedisHotStore]:
    store = await RedisHotStore.connect(redis_url, modules=["inventory"], timeout_s=LIMIT_S)
    yield store
    await store.close()


@frozen
class Peer:
    """The far end: takes connections, keeps them open, and leaves the rest to the test."""

    address: str
    arrived: trio.MemoryReceiveChannel[trio.SocketStream]

    async def asked(self) -> trio.SocketStream:
        """The next connection that was made, after its first command has come."""
        with trio.fail_after(PATIENT_S):
            far = await self.arrived.receive()
            assert await far.receive_some()
        return far

    async def answer(self, answers: bytes) -> None:
        """Answer the first command of the next connection."""
        await (await self.asked()).send_all(answers)


@pytest.fixture
async def peer(nursery: trio.Nursery) -> Peer:
    arrive, arrived = trio.open_memory_channel[trio.SocketStream](inf)

    async def keep_open(far: trio.SocketStream) -> None:
        arrive.send_nowait(far)
        await trio.sleep_forever()

    return Peer(await listening(nursery, keep_open), arrived)


@pytest.fixture
async def patient(peer: Peer) -> AsyncIterator[RedisHotStore]:
    """A store on the peer."""
    store = RedisHotStore(f"redis://{peer.address}", timeout_s=PATIENT_S)
    yield store
    await store.close()


@pytest.fixture
async def knocking(peer: Peer) -> AsyncIterator[RedisHotStore]:
    """The same, whose connections are not made before the peer has taken the password."""
    store = RedisHotStore(f"redis://:secret@{peer.address}", timeout_s=PATIENT_S)
    yield store
    await store.close()


async def listening(nursery: trio.Nursery, serve: Callable[..., Awaitable[None]]) -> str:
    """A server of the test's own; its address."""
    listeners = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
    host, port = listeners[0].socket.getsockname()
    return f"{host}:{port}"


async def hung_up(far: trio.SocketStream) -> None:
    """Return when the store has closed its end."""
    with trio.fail_after(PATIENT_S / 2), suppress(trio.BrokenResourceError):
        while await far.receive_some():
            pass


async def fails(reason: str, call: Callable[..., Awaitable[Any]], *args: Any) -> None:
    with pytest.raises(HotStoreUnavailableError, match=reason):
        await call(*args)


async def together(store: RedisHotStore, batches: Sequence[Sequence[Commit]]) -> Sequence[Any]:
    """Commit the batches at the same time; what each was answered, or its error."""
    answers: list[Any] = [None] * len(batches)

    async def commit(at: int) -> None:
        try:
            answers[at] = await store.commit(batches[at])
        except HotStoreUnavailableError as error:
            answers[at] = error

    async with trio.open_nursery() as callers:
        for at in range(len(batches)):
            callers.start_soon(commit, at)
            await wait_all_tasks_blocked()  # or trio starts them in any order
    return answers


def reply(status: CommitStatus) -> bytes:
    """What Redis answers to a commit of one turn."""
    return b"$1\r\n%d\r\n" % status.value


def addressed(url: str, options: str) -> str:
    """The same server, asked for otherwise."""
    return f"{url.partition('?')[0]}?{options}"


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


async def test_a_path_with_spaces_and_letters_is_percent_encoded(
    redis_url: str, tmp_path: Path
) -> None:
    if not redis_url.startswith("unix:"):
        pytest.skip("the server has no socket in the file system")
    link = tmp_path / "ein schöner Ort %20.sock"
    link.symlink_to(urlsplit(redis_url).path)
    store = await RedisHotStore.connect(f"unix://{quote(str(link))}?db=1")
    assert await store.peek([1]) == [None]
    await store.close()


async def megabytes_there_and_back(store: RedisHotStore) -> None:
    await store.commit([evolve(whole(2), core=(b"state", BIG))])
    [found] = await store.read([2])
    assert found is not None
    assert found.core["state"] == BIG


def stored(client: Any) -> list[bytes]:
    """Every key but the mark of a store's ping."""
    return [key for key in client.scan_iter() if not key.startswith(b"alive:")]


async def test_the_password_and_the_database_are_those_of_the_address(
    redis_url: str, client: Any
) -> None:
    with setting(client, "requirepass", "secret"):
        await fails("NOAUTH", RedisHotStore.connect, redis_url)
        wrong, right = (addressed(redis_url, f"db=1&password={it}") for it in ("wrong", "secret"))
        await fails("WRONGPASS", RedisHotStore.connect, wrong)
        store = await RedisHotStore.connect(right)
        await store.put_snapshot(TEMP, b"snapshot")
        await store.close()
    assert stored(client) == []
    client.execute_command("SELECT", 1)
    assert stored(client) == [TEMP]


async def test_connecting_without_a_server_fails() -> None:
    await fails(r"nowhere/redis\.sock", RedisHotStore.connect, NOWHERE)


async def test_a_store_without_a_server_is_made_and_waits_for_one() -> None:
    store = RedisHotStore(NOWHERE)
    for _ in range(2):
        await fails("nowhere", store.commit, [whole()])
    await store.close()


async def test_a_server_that_is_away_for_long_is_found_again(
    store: RedisHotStore, client: Any
) -> None:
    await store.commit([whole()])
    for _ in range(120):  # redis-py's pool makes a hundred connections and no more
        client.client_kill_filter(_type="normal", skipme=True)
        with suppress(HotStoreUnavailableError):
            await store.peek([1])
    assert await store.commit(turns(2, 3)) == [OK]


# ------------------------------------------------------------------ silence and broken connections


async def test_no_answer_in_time_leaves_no_stale_answer_behind(
    store: RedisHotStore, client: Any
) -> None:
    await store.commit([whole()])
    with frozen_server(client):
        await fails(r"within 0\.25 s", store.commit, turns(2, 3))
        await fails(r"within 0\.25 s", store.peek, [1])
        await fails(r"within 0\.25 s", store.dirty)
    assert await store.commit(turns(2, 5)) == [OK, OK, OK]
    assert await store.peek([1, 2]) == [Ownership(1, 4, "a"), None]
    assert await store.dirty() == [1]


async def test_a_cancelled_call_leaves_no_stale_answer_behind(
    store: RedisHotStore, client: Any
) -> None:
    await store.commit([whole()])
    with frozen_server(client):
        async with trio.open_nursery() as callers:
            callers.start_soon(store.commit, turns(2, 3))
            await wait_all_tasks_blocked()
            callers.cancel_scope.cancel()
    assert await store.commit(turns(2, 5)) == [OK, OK, OK]


async def test_a_call_that_was_cancelled_before_it_began_sends_nothing(
    store: RedisHotStore,
) -> None:
    await store.commit([whole()])
    with trio.CancelScope() as scope:
        scope.cancel()
        await store.commit(turns(2, 3))
    assert scope.cancelled_caught
    assert await store.peek([1]) == [Ownership(1, 1, "a")]


async def test_calls_that_wait_behind_a_dead_one_fail_in_the_same_time(
    store: RedisHotStore, client: Any
) -> None:
    with frozen_server(client), trio.fail_after(4 * LIMIT_S):
        answers = await together(store, [[whole(n)] for n in range(20)])
    assert {type(answer) for answer in answers} == {HotStoreUnavailableError}


async def test_calls_at_the_same_time_get_their_own_answers(store: RedisHotStore) -> None:
    await store.commit([whole()])
    answers = await together(store, [turns(n, n + n) for n in range(1, 40)])
    assert [len(answer) for answer in answers] == list(range(1, 40))


async def test_a_connection_that_was_cut_is_opened_again(store: RedisHotStore, client: Any) -> None:
    await store.commit([whole()])
    client.client_kill_filter(_type="normal", skipme=True)
    with suppress(HotStoreUnavailableError):  # unless the hang-up is noticed before the call
        await store.commit(turns(2, 3))
    assert await store.commit(turns(2, 5)) == [OK, OK, OK]


async def test_forgotten_scripts_are_sent_again_in_order(store: RedisHotStore, client: Any) -> None:
    answers: list[Any] = []

    async def crowd() -> None:
        answers.extend(await together(store, [turns(n, n + 1) for n in range(2, 9)]))

    await store.commit([whole()])
    async with trio.open_nursery() as callers:
        client.script_flush()
        with frozen_server(client):
            callers.start_soon(crowd)
            await wait_all_tasks_blocked(0.01)
    assert answers == [[OK]] * 7
    assert await store.peek([1]) == [Ownership(1, 8, "a")]


async def test_a_value_of_megabytes_goes_there_and_back(redis_url: str) -> None:
    store = RedisHotStore(redis_url, timeout_s=PATIENT_S)
    await megabytes_there_and_back(store)
    await store.close()


async def test_a_command_that_was_sent_in_part_is_never_finished(
    store: RedisHotStore, client: Any
) -> None:
    with frozen_server(client):
        for _ in range(SHARED_CONNECTIONS):  # once on every connection
            await fails(r"within 0\.25 s", store.put_snapshot, TEMP, BIG)
    assert await store.commit([whole()]) == [OK]
    assert TEMP not in stored(client)


# ------------------------------------------------------------------ giving up, closing


async def test_a_caller_who_gives_up_while_connecting_leaves_no_connection_open(
    knocking: RedisHotStore, peer: Peer
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(knocking.ping)
        far = await peer.asked()
        callers.cancel_scope.cancel()
    await far.send_all(b"+OK\r\n")
    await hung_up(far)


async def test_callers_who_give_up_while_connecting_leave_the_process_its_threads(
    knocking: RedisHotStore, peer: Peer
) -> None:
    threads = trio.to_thread.current_default_thread_limiter()
    for _ in range(10):
        async with trio.open_nursery() as callers:
            callers.start_soon(knocking.ping)
            await wait_all_tasks_blocked()
            callers.cancel_scope.cancel()
    assert threads.borrowed_tokens == 0


async def test_a_caller_that_is_cancelled_while_waiting_disturbs_no_other(
    patient: RedisHotStore, peer: Peer
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(patient.commit, [whole()])
        far = await peer.asked()
        async with trio.open_nursery() as hasty:
            hasty.start_soon(patient.commit, [whole()])
            await wait_all_tasks_blocked()
            hasty.cancel_scope.cancel()
        await far.send_all(reply(OK))
    async with trio.open_nursery() as callers:
        callers.start_soon(patient.commit, [whole()])
        assert await far.receive_some()
        await far.send_all(reply(OK))


async def test_a_closed_store_refuses(store: RedisHotStore) -> None:
    await store.close()
    await fails("closed", store.commit, [whole()])


async def test_closing_fails_the_call_that_waits_for_its_answer_and_those_behind_it(
    patient: RedisHotStore, peer: Peer
) -> None:
    async with trio.open_nursery() as callers:
        for _ in range(3):
            callers.start_soon(fails, "the store is closed", patient.commit, [whole()])
        far = await peer.asked()
        await patient.close()
    await hung_up(far)


async def test_closing_while_a_call_is_connecting_leaves_no_connection_open(
    knocking: RedisHotStore, peer: Peer
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(fails, "the store is closed", knocking.ping)
        far = await peer.asked()
        await knocking.close()
        await far.send_all(b"+OK\r\n")
    await hung_up(far)


# ------------------------------------------------------------------ servers that misbehave


async def test_an_unrequested_answer_reaches_no_caller(
    patient: RedisHotStore, peer: Peer, nursery: trio.Nursery
) -> None:
    nursery.start_soon(peer.answer, reply(OK) + reply(FENCED))
    assert await patient.commit([whole()]) == [OK]
    nursery.start_soon(peer.answer, reply(NEED_FULL))
    assert await patient.commit([whole()]) == [NEED_FULL]


async def test_an_answer_may_come_in_pieces(
    patient: RedisHotStore, peer: Peer, nursery: trio.Nursery
) -> None:
    async def dribble() -> None:
        far = await peer.asked()
        for byte in reply(OK):
            await far.send_all(bytes([byte]))
            await wait_all_tasks_blocked()

    nursery.start_soon(dribble)
    assert await patient.commit([whole()]) == [OK]


async def test_what_is_no_answer_ends_the_connection(
    patient: RedisHotStore, peer: Peer, nursery: trio.Nursery
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(fails, "Protocol error", patient.commit, [whole()])
        far = await peer.asked()
        await far.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await hung_up(far)
    nursery.start_soon(peer.answer, reply(OK))
    assert await patient.commit([whole()]) == [OK]


async def test_a_server_that_stops_sending_while_a_call_waits_fails_it_at_once(
    patient: RedisHotStore, peer: Peer, nursery: trio.Nursery
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(fails, "the server closed the connection", patient.commit, [whole()])
        far = await peer.asked()
        await far.send_eof()
        await hung_up(far)
    nursery.start_soon(peer.answer, reply(OK))
    assert await patient.commit([whole()]) == [OK]


async def test_a_server_that_stopped_sending_between_calls_fails_none(
    patient: RedisHotStore, peer: Peer, nursery: trio.Nursery
) -> None:
    async with trio.open_nursery() as callers:
        callers.start_soon(patient.commit, [whole()])
        far = await peer.asked()
        await far.send_all(reply(OK))
        await far.send_eof()
    nursery.start_soon(peer.answer, reply(OK))
    assert await patient.commit([whole()]) == [OK]


# ------------------------------------------------------------------ TLS


@frozen
class Front:
    """Valkey behind TLS, which ours is built without: takes the TLS off and passes the bytes on."""

    address: str
    certificate: Path
    arrived: list[trio.SocketStream]

    @property
    def url(self) -> str:
        return f"rediss://{self.address}/0?ssl_ca_certs={quote(str(self.certificate))}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrusted certificate for this machine, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    request = (
        "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj /CN=test -days 2"
        " -addext subjectAltName=IP:127.0.0.1 -addext keyUsage=digitalSignature,keyCertSign"
    )
    files = ["-out", str(path), "-keyout", str(path.with_suffix(".key"))]
    subprocess.run([openssl, *request.split(), *files], check=True, capture_output=True)
    return path


@pytest.fixture
async def front(redis_url: str, certificate: Path, nursery: trio.Nursery) -> Front:
    if not redis_url.startswith("unix:"):
        pytest.skip("the server has no socket in the file system")
    path = unquote(urlsplit(redis_url).path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    arrived: list[trio.SocketStream] = []

    async def serve(far: trio.SocketStream) -> None:
        arrived.append(far)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)  # or it may grow past BIG
        secure = trio.SSLStream(far, context, server_side=True, https_compatible=True)
        async with secure, await trio.open_unix_socket(path) as valkey:
            await pass_on_both_ways(secure, valkey)

    return Front(await listening(nursery, serve), certificate, arrived)


async def pass_on_both_ways(one: trio.abc.Stream, other: trio.abc.Stream) -> None:
    """Until either ends."""

    async def pass_on(source: trio.abc.Stream, sink: trio.abc.Stream) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for chunk in source:
                await sink.send_all(chunk)
        both.cancel_scope.cancel()

    async with trio.open_nursery() as both:
        both.start_soon(pass_on, one, other)
        both.start_soon(pass_on, other, one)


async def test_turns_and_megabytes_pass_through_tls(front: Front) -> None:
    store = await RedisHotStore.connect(front.url, timeout_s=PATIENT_S)
    assert await store.commit([whole(), *turns(2, 5)]) == [OK] * 4
    assert await together(store, [turns(n, n + 1) for n in range(5, 9)]) == [[OK]] * 4
    await megabytes_there_and_back(store)
    await store.close()


async def test_a_server_with_an_untrusted_certificate_is_refused(front: Front) -> None:
    await fails("certificate verify failed", RedisHotStore.connect, f"rediss://{front.address}")


@pytest.mark.parametrize("politely", [True, False])
async def test_a_hang_up_between_calls_fails_none_through_tls(
    front: Front, client: Any, politely: bool
) -> None:
    store = RedisHotStore(front.url)
    await store.commit([whole()])
    if politely:
        client.client_kill_filter(_type="normal", skipme=True)
    else:
        await front.arrived[-1].aclose()
    await wait_all_tasks_blocked()
    assert await store.commit(turns(2, 5)) == [OK, OK, OK]
    await store.close()


async def test_a_hang_up_while_a_call_waits_fails_it_at_once_through_tls(
    front: Front, client: Any
) -> None:
    store = RedisHotStore(front.url, timeout_s=PATIENT_S)
    await store.commit([whole()])
    with frozen_server(client):
        async with trio.open_nursery() as callers:
            callers.start_soon(fails, "the server closed", store.commit, turns(2, 3))
            await wait_all_tasks_blocked()
            await front.arrived[-1].aclose()
    await store.close()


async def test_a_command_given_up_in_the_middle_is_never_finished_through_tls(
    front: Front, client: Any
) -> None:
    store = RedisHotStore(front.url, timeout_s=PATIENT_S)
    every_connection = range(SHARED_CONNECTIONS)
    for _ in every_connection:
        await store.ping()
    with frozen_server(client):
        for _ in every_connection:
            async with trio.open_nursery() as callers:
                callers.start_soon(store.put_snapshot, TEMP, BIG)
                await wait_all_tasks_blocked(0.01)
                callers.cancel_scope.cancel()
    for _ in every_connection:
        await store.ping()
    assert TEMP not in stored(client)
    await store.close()


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("code", "refusing"),
    [
        ("OOM", lambda client: setting(client, "maxmemory", "1")),
        ("NOREPLICAS", lambda client: setting(client, "min-replicas-to-write", "1")),
        ("READONLY", replica),
    ],
)
async def test_a_server_that_takes_no_writes_is_unavailable_and_wrote_nothing(
    store: RedisHotStore, client: Any, code: str, refusing: Any
) -> None:
    await store.commit([whole()])
    with refusing(client):
        await fails(code, store.ping)
        await fails(code, store.commit, turns(2, 3))
        await fails(code, store.claim, [HotClaim(1, 9, "b")])
        assert await store.peek([1]) == [Ownership(1, 1, "a")]
    await store.ping()
    assert await store.commit(turns(2, 3)) == [OK]


# ------------------------------------------------------------------ nonsense in the keys


async def test_a_core_that_is_no_hash_counts_as_lost_and_affects_no_other(
    store: RedisHotStore, client: Any
) -> None:
    client.set("ac:1", "nonsense")
    assert await store.commit([*turns(2, 3), whole(2)]) == [NEED_FULL, OK]
    assert await store.commit([whole(), *turns(2, 3)]) == [OK, OK]


async def test_a_session_that_is_no_hash_counts_as_lost(store: RedisHotStore, client: Any) -> None:
    await store.commit([whole()])
    client.set(BAG, "nonsense")
    change = Commit(1, 1, 2, "a", sessions=(SessionDelta(BAG, (b"metadata", b"{}")),))
    assert await store.commit([change]) == [NEED_FULL]
    assert await store.peek([1]) == [Ownership(1, 1, "a")]
    assert await store.commit([whole(version=2)]) == [OK]


async def test_a_list_of_receipts_of_another_type_is_replaced(
    store: RedisHotStore, client: Any
) -> None:
    await store.commit([whole()])
    client.set("dedupe:1", "nonsense")
    assert await store.commit(turns(2, 3)) == [OK]
    assert client.lrange("dedupe:1", 0, -1) == [b"r"]


async def test_a_dirty_set_that_is_none_stops_commits_before_anything_is_written(
    store: RedisHotStore, client: Any
) -> None:
    client.set("dirty_accounts", "nonsense")
    await fails("WRONGTYPE", store.commit, [whole()])
    assert stored(client) == [b"dirty_accounts"]


@pytest.mark.parametrize("wrong", ["core", "session", "receipts", "version"])
async def test_a_record_that_cannot_be_read_is_named_and_kept(
    store: RedisHotStore, client: Any, wrong: str
) -> None:
    await store.commit([whole()])
    if wrong == "version":
        client.hset("ac:1", "version", "nonsense")
    else:
        client.set({"core": "ac:1", "session": BAG, "receipts": "dedupe:1"}[wrong], "nonsense")
    with pytest.raises(BadRecordError) as caught:
        await store.claim([HotClaim(1, 2, "b")])
    assert caught.value.char_id == 1
    assert caught.value.record
    assert [state.char_id for state in await store.claim([HotClaim(2, 2, "b")])] == [2]


async def test_an_owner_that_cannot_be_read_is_named(store: RedisHotStore, client: Any) -> None:
    await store.commit([whole()])
    client.set("ac:2", "nonsense")
    with pytest.raises(BadRecordError, match="WRONGTYPE") as caught:
        await store.peek([1, 2])
    assert caught.value.char_id == 2
    assert await store.peek([1]) == [Ownership(1, 1, "a")]


async def test_marks_and_sweeps_pass_over_sessions_that_are_none(
    store: RedisHotStore, client: Any
) -> None:
    await store.commit([whole()])
    client.set(keys.session("inventory", "x"), "nonsense")
    assert await store.sweep(["inventory"]) == 0
    assert await store.mark_clean([CleanMark(1, 1, 1)]) == [True]


@pytest.mark.parametrize("wrong", ["core", "session", "receipts", "version"])
async def test_a_record_that_cannot_be_read_is_named_by_a_read_and_gone_after_a_reset(
    store: RedisHotStore, client: Any, wrong: str
) -> None:
    await store.commit([whole()])
    if wrong == "version":
        client.hset("ac:1", "version", "nonsense")
    else:
        client.set({"core": "ac:1", "session": BAG, "receipts": "dedupe:1"}[wrong], "nonsense")
    with pytest.raises(BadRecordError) as caught:
        await store.read([1])
    assert caught.value.char_id == 1
    assert await store.reset([HotClaim(1, 7, "-")]) == [True]
    assert await store.peek([1]) == [Ownership(7, 0, "-")]
