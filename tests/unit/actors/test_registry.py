"""Activation: one per key, shared, bounded; and how cells go."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.errors import ActorStoppedError, TooManyStartsError
from actors.system import SystemSettings, open_actor_system
from actors.testing import ProbeActor, Probes


def starting_with(on_start: Any) -> Probes:
    def prepare(probe: ProbeActor) -> None:
        probe.on_start = on_start

    return Probes(prepare)


async def test_however_many_ask_at_once_there_is_one_activation() -> None:
    gate = trio.Event()
    probes = starting_with(lambda intent: gate.wait())
    async with open_actor_system(probes) as system, trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(system.registry.activate, "a")
            nursery.start_soon(system.ref("a").ask, number)
        await wait_all_tasks_blocked()
        gate.set()
    assert len(probes.made) == 1
    assert sorted(probes.of("a").events) == list(range(50))


async def test_a_failed_start_reaches_all_who_wait_and_the_next_one_tries_again() -> None:
    errors = [OSError("no"), None]

    async def on_start(intent: Any) -> None:
        await wait_all_tasks_blocked()
        error = errors.pop(0)
        if error is not None:
            raise error

    probes = starting_with(on_start)
    async with open_actor_system(probes) as system:
        failures = []

        async def ask() -> None:
            with pytest.raises(OSError, match="no") as failed:
                await system.ref("a").ask("hello")
            failures.append(failed.value)

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ask)
        assert len(failures) == 5
        assert len(system.registry) == 0
        assert await system.ref("a").ask("hello") == "hello"


async def test_a_caller_that_joins_a_failed_start_of_another_intent_tries_its_own() -> None:
    async def on_start(intent: Any) -> None:
        await wait_all_tasks_blocked()
        if intent != "login":
            raise PermissionError("not logged in")

    async with open_actor_system(starting_with(on_start)) as system:
        system.ref("a").tell("starts it, in vain")
        cell = await system.registry.activate("a", "login")
        assert cell.ready


async def test_starts_are_bounded() -> None:
    gate = trio.Event()
    running = 0
    most = 0

    async def on_start(intent: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1

    settings = SystemSettings(max_starts=3, max_waiting_starts=5)
    async with open_actor_system(starting_with(on_start), settings) as system:
        for key in range(5):
            system.ref(key).tell("hello")
        await wait_all_tasks_blocked()
        assert most == 3
        with pytest.raises(TooManyStartsError):
            system.ref(5).tell("one too many")
        gate.set()
        await wait_all_tasks_blocked()
        assert len(system.registry) == 5


async def test_an_idle_actor_is_saved_and_dropped_and_comes_back_with_the_next_message(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    async with open_actor_system(probes, SystemSettings(passivate_after_s=80)) as system:
        await system.ref("a").ask("hello")
        await trio.sleep(75)
        assert len(system.registry) == 1
        await trio.sleep(30)
        assert len(system.registry) == 0
        assert probes.of("a").events == ["hello", ("stop", "passivated")]
        assert await system.ref("a").ask("back") == "back"
        assert len(probes.made) == 2


async def test_a_busy_actor_is_not_passivated(autojump_clock: trio.abc.Clock) -> None:
    probes = Probes()
    async with open_actor_system(probes, SystemSettings(passivate_after_s=80)) as system:
        for _ in range(10):
            await system.ref("a").ask("hello")
            await trio.sleep(60)
    assert len(probes.made) == 1


async def test_a_message_that_comes_during_passivation_is_for_a_new_activation(
    autojump_clock: trio.abc.Clock,
) -> None:
    stopping = trio.Event()

    async def slow(reason: str) -> None:
        stopping.set()
        await trio.sleep(10)

    def prepare(probe: ProbeActor) -> None:
        probe.on_stop = slow

    probes = Probes(prepare)
    async with open_actor_system(probes, SystemSettings(passivate_after_s=80)) as system:
        await system.ref("a").ask("hello")
        await stopping.wait()
        assert await system.ref("a").ask("wait for me", timeout_s=60) == "wait for me"
        assert [probe.starts for probe in probes.made] == [1, 1]


async def test_an_actor_that_cannot_be_saved_stays(autojump_clock: trio.abc.Clock) -> None:
    async def fail(reason: str) -> None:
        raise OSError("disk full")

    def prepare(probe: ProbeActor) -> None:
        probe.on_stop = fail

    async with open_actor_system(Probes(prepare)) as system:
        await system.ref("a").ask("hello")
        with pytest.raises(OSError, match="disk full"):
            await system.registry.stop("a")
        assert await system.ref("a").ask("still here") == "still here"


async def test_a_draining_system_starts_no_actor_and_finishes_accepted_messages() -> None:
    gate = trio.Event()

    def slow(actor: ProbeActor, reply: Any) -> Any:
        async def rest() -> None:
            await gate.wait()
            reply.resolve("done")

        return rest()

    probes = Probes()
    async with open_actor_system(probes) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        nursery.start_soon(system.ref("a").ask, slow)
        await wait_all_tasks_blocked()
        drained = trio.Event()

        async def drain() -> None:
            await system.drain()
            drained.set()

        nursery.start_soon(drain)
        await wait_all_tasks_blocked(0.001)
        with pytest.raises(ActorStoppedError):
            system.ref("b").tell("too late")
        assert not drained.is_set()
        gate.set()
        await drained.wait()
