"""Delayed and periodic messages."""

from __future__ import annotations

import trio

from actors.system import open_actor_system
from actors.testing import Probes


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
