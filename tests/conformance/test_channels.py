"""What every HotStore does with channels: the fake in memory and Redis carry messages alike."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from functools import partial

import pytest
import redis
import trio
from attrs import define, field

from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.redis_store import RedisHotStore
from persistence.hot.store import HotStore
from persistence.testing import MemoryHotStore

CHANNEL = keys.handover("server-a")
OTHER = keys.handover("server-b")
PATIENT_S = 10.0


@define
class Listener:
    """What one task receives."""

    store: HotStore
    channel: bytes = CHANNEL
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    error: Exception | None = None
    _out: trio.MemorySendChannel[bytes] = field(init=False)
    _in: trio.MemoryReceiveChannel[bytes] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._out, self._in = trio.open_memory_channel(10_000)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        with self.scope:
            try:
                await self.store.listen(self.channel, self._out.send_nowait, task_status.started)
            except HotStoreUnavailableError as error:
                self.error = error
        self._out.close()

    async def receives(self, *expected: bytes) -> None:
        with trio.fail_after(PATIENT_S):
            assert [await self._in.receive() for _ in expected] == list(expected)

    async def ended(self) -> None:
        with trio.fail_after(PATIENT_S):
            assert [message async for message in self._in] == []


@pytest.fixture(params=["memory", "redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[HotStore]:
    if request.param == "memory":
        yield MemoryHotStore()
    else:
        real = await RedisHotStore.connect(request.getfixturevalue("redis_url"))
        yield real
        await real.close()


@pytest.fixture
async def listener(store: HotStore, nursery: trio.Nursery) -> Listener:
    made = Listener(store)
    await nursery.start(made.run)
    return made


async def test_messages_of_any_bytes_are_received_in_order(
    store: HotStore, listener: Listener
) -> None:
    said = [b"one", b"", b"\r\n\0\xff", os.urandom(1 << 20), *(b"%d" % n for n in range(1000))]
    for message in said:
        assert await store.publish(CHANNEL, message) == 1
    await listener.receives(*said)


async def test_an_earlier_message_is_not_received(store: HotStore, nursery: trio.Nursery) -> None:
    assert await store.publish(CHANNEL, b"early") == 0
    listener = Listener(store)
    await nursery.start(listener.run)
    await store.publish(CHANNEL, b"late")
    await listener.receives(b"late")


async def test_all_who_listen_hear_and_are_counted(
    store: HotStore, listener: Listener, nursery: trio.Nursery
) -> None:
    second, other = Listener(store), Listener(store, OTHER)
    await nursery.start(second.run)
    await nursery.start(other.run)
    assert await store.publish(CHANNEL, b"both") == 2
    assert await store.publish(OTHER, b"one") == 1
    await listener.receives(b"both")
    await second.receives(b"both")
    await other.receives(b"one")


async def test_who_stopped_listening_is_not_counted(store: HotStore, listener: Listener) -> None:
    listener.scope.cancel()
    await listener.ended()
    with trio.fail_after(PATIENT_S):
        while await store.publish(CHANNEL, b"anybody?"):
            await trio.lowlevel.checkpoint()


async def test_a_channel_is_no_key(store: HotStore, listener: Listener) -> None:
    await store.publish(CHANNEL, b"said")
    await listener.receives(b"said")
    assert await store.peek([1]) == [None]
    assert await store.dirty() == []


# ------------------------------------------------------------------ what only Redis can do


@pytest.fixture
async def real(redis_url: str) -> AsyncIterator[RedisHotStore]:
    store = await RedisHotStore.connect(redis_url, timeout_s=0.25)
    yield store
    await store.close()


async def test_a_listener_whose_connection_breaks_fails_and_can_listen_again(
    real: RedisHotStore, redis_url: str, nursery: trio.Nursery
) -> None:
    listener = Listener(real)
    await nursery.start(listener.run)
    with redis.Redis.from_url(redis_url) as client:
        client.client_kill_filter(_type="pubsub")
    await listener.ended()
    assert isinstance(listener.error, HotStoreUnavailableError)
    again = Listener(real)
    await nursery.start(again.run)
    assert await real.publish(CHANNEL, b"back") == 1
    await again.receives(b"back")


async def test_the_end_of_the_store_is_the_end_of_its_listeners(
    real: RedisHotStore, nursery: trio.Nursery
) -> None:
    listener = Listener(real)
    await nursery.start(listener.run)
    await real.close()
    await listener.ended()
    assert isinstance(listener.error, HotStoreUnavailableError)
    with pytest.raises(HotStoreUnavailableError):
        await real.listen(CHANNEL, print, print)


async def test_a_silent_redis_is_pinged(redis_url: str, nursery: trio.Nursery) -> None:
    real = await RedisHotStore.connect(redis_url, timeout_s=0.25, quiet_s=0.01)
    listener = Listener(real)
    await nursery.start(listener.run)
    with trio.fail_after(PATIENT_S):
        while not _pinged(redis_url):
            await trio.lowlevel.checkpoint()
    await real.publish(CHANNEL, b"still here")
    await listener.receives(b"still here")
    await real.close()


def _pinged(redis_url: str) -> bool:
    with redis.Redis.from_url(redis_url) as client:
        return [each["cmd"] for each in client.client_list(_type="pubsub")] == ["ping"]


async def test_a_redis_that_hangs_does_not_keep_its_listener(nursery: trio.Nursery) -> None:
    """Nothing answers here: the far end takes the connection and is still."""

    async def subscribed(far: trio.SocketStream) -> None:
        await far.receive_some()
        await far.send_all(b"*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n")
        await trio.sleep_forever()

    (listening,) = await nursery.start(partial(trio.serve_tcp, subscribed, 0, host="127.0.0.1"))
    host, port = listening.socket.getsockname()
    store = RedisHotStore(f"redis://{host}:{port}", timeout_s=0.25, quiet_s=0.01)
    listener = Listener(store)
    await nursery.start(listener.run)
    await listener.ended()
    assert isinstance(listener.error, HotStoreUnavailableError)
    await store.close()
