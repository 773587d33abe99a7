"""Delayed and periodic messages."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

import trio

from actors.envelope import ReplySlot
from actors.system import SystemSettings, open_actor_system
from actors.testing import ProbeActor, Probes
from actors.timers import MIN_CANCELLED_KEPT, RETRY_S


async def test_a_delayed_message_comes_once_when_it_is_due(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    async with open_actor_system(probes) as system:
        system.timers.after(30, "a", "turn over")
        system.timers.after(10, "b", "earlier")
        await trio.sleep(29)
        assert [probe.key for probe in probes.made] == ["b"]
        await trio.sleep(100)
        assert probes.of("a").events == ["turn over"]


async def test_a_periodic_message_comes_until_it_is_cancelled(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    async with open_actor_system(probes) as system:
        timer = system.timers.every(10, "a", "tick")
        await trio.sleep(35)
        timer.cancel()
        await trio.sleep(100)
        assert probes.of("a").events == ["tick"] * 3


async def test_a_cancelled_timer_sends_nothing(autojump_clock: trio.abc.Clock) -> None:
    probes = Probes()
    async with open_actor_system(probes) as system:
        system.timers.after(10, "a", "never").cancel()
        await trio.sleep(20)
        assert probes.made == []


async def test_whom_a_timer_is_set_for_is_not_passivated_before(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    async with open_actor_system(probes, SystemSettings(passivate_after_s=20)) as system:
        for key in "ab":
            await system.registry.activate(key)
        system.timers.after(200, "a", "turn over")
        await trio.sleep(199)
        assert probes.of("a").events == []
        assert probes.of("b").events == [("stop", "passivated")]
        await trio.sleep(100)
        assert probes.of("a").events == ["turn over", ("stop", "passivated")]


async def test_a_cancelled_timer_keeps_no_actor_active(autojump_clock: trio.abc.Clock) -> None:
    probes = Probes()
    async with open_actor_system(probes, SystemSettings(passivate_after_s=20)) as system:
        await system.registry.activate("a")
        timers = [system.timers.after(200, "a", n) for n in range(2)]
        timers[0].cancel()
        timers[0].cancel()
        assert system.timers.expects("a")
        timers[1].cancel()
        assert not system.timers.expects("a")
        await trio.sleep(50)
        assert probes.of("a").events == [("stop", "passivated")]


async def test_a_message_that_finds_the_mailbox_full_is_sent_again(
    autojump_clock: trio.abc.Clock,
) -> None:
    gate = trio.Event()

    def busy(actor: ProbeActor, reply: ReplySlot) -> Any:
        return gate.wait()

    probes = Probes()
    async with open_actor_system(probes, SystemSettings(mailbox_capacity=1)) as system:
        await system.registry.activate("a")
        system.ref("a").tell(busy)
        system.ref("a").tell("waits")
        timer = system.timers.after(10, "a", "turn over")
        await trio.sleep(10 + 3 * RETRY_S)
        assert timer.active
        gate.set()
        await trio.sleep(2 * RETRY_S)
        assert probes.of("a").events[1:] == ["waits", "turn over"]
        assert not timer.active


class Message:
    """That can be watched."""


async def test_cancelled_timers_do_not_pile_up(autojump_clock: trio.abc.Clock) -> None:
    probes = Probes()
    async with open_actor_system(probes) as system:
        system.timers.after(36_000, "a", "in the end")
        kept = WeakSet[Message]()
        for _ in range(100 * MIN_CANCELLED_KEPT):
            kept.add(never := Message())
            system.timers.after(36_000, "b", never).cancel()
        assert len(system.timers) == 1
        assert len(kept) <= 2 * MIN_CANCELLED_KEPT
        await trio.sleep(36_001)
        assert [probe.key for probe in probes.made] == ["a"]
