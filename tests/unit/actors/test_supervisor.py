"""What becomes of an actor that crashes, and of everybody else."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from actors.errors import ActorCrashedError, ActorGaveUpError
from actors.observer import ActorObserver
from actors.supervisor import RestartPolicy
from actors.system import SystemSettings, open_actor_system
from actors.testing import ProbeActor, Probes


def boom(actor: ProbeActor, reply: ReplySlot) -> None:
    raise ZeroDivisionError("boom")


async def crash(system: Any, key: str) -> None:
    with pytest.raises(ActorCrashedError) as crashed:
        await system.ref(key).ask(boom, timeout_s=100)
    assert isinstance(crashed.value.__cause__, ZeroDivisionError)


async def test_a_crash_reaches_its_sender_and_no_other(autojump_clock: trio.abc.Clock) -> None:
    async with open_actor_system(Probes()) as system:
        await crash(system, "a")
        assert await system.ref("b").ask("fine") == "fine"
        assert await system.ref("a").ask("fine again") == "fine again"


async def test_the_message_that_crashed_the_actor_is_a_dead_letter_and_is_not_retried(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    async with open_actor_system(probes) as system:
        await crash(system, "a")
        await system.ref("a").ask("next")
        assert probes.of("a").events == [boom, ("restart", ZeroDivisionError), "next"]
        assert [letter.reason for letter in system.dead_letters.last()] == ["crashed"]


async def test_a_crash_in_an_async_turn_is_a_crash_too(autojump_clock: trio.abc.Clock) -> None:
    def later(actor: ProbeActor, reply: ReplySlot) -> Any:
        async def rest() -> None:
            await trio.sleep(1)
            raise ZeroDivisionError

        return rest()

    async with open_actor_system(Probes()) as system:
        with pytest.raises(ActorCrashedError):
            await system.ref("a").ask(later)
        assert await system.ref("a").ask("fine again") == "fine again"


async def test_restarts_wait_longer_and_longer(autojump_clock: trio.abc.Clock) -> None:
    policy = RestartPolicy(max_restarts=4, within_s=1000, backoff_s=1, backoff_max_s=3)
    async with open_actor_system(Probes(), SystemSettings(restarts=policy)) as system:
        waits = []
        for _ in range(4):
            await crash(system, "a")
            crashed = trio.current_time()
            await system.ref("a").ask("back", timeout_s=100)
            waits.append(trio.current_time() - crashed)
    for wait, base in zip(waits, (1, 2, 3, 3), strict=True):
        assert base <= wait <= base * 1.2 + 0.01


async def test_the_sixth_crash_within_a_minute_stops_the_actor_for_good(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with open_actor_system(Probes()) as system:
        for _ in range(6):
            await crash(system, "a")
        with pytest.raises(ActorGaveUpError) as refused:
            await system.ref("a").ask("hello")
        assert refused.value.crashes == 6
        assert system.registry.get("a") is None
        assert await system.ref("b").ask("fine") == "fine"


async def test_an_actor_that_was_given_up_starts_again_when_it_is_activated(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with open_actor_system(Probes()) as system:
        for _ in range(6):
            await crash(system, "a")
        await system.registry.activate("a")
        await crash(system, "a")
        assert await system.ref("a").ask("fine again") == "fine again"


async def test_crashes_further_apart_than_the_window_are_forgiven(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with open_actor_system(Probes()) as system:
        for _ in range(20):
            await crash(system, "a")
            await trio.sleep(15)
        assert await system.ref("a").ask("fine") == "fine"


async def test_a_failing_restart_counts_as_a_crash(autojump_clock: trio.abc.Clock) -> None:
    class Observer(ActorObserver):
        gave: Any = None

        def gave_up(self, key: Any, restarts: int) -> None:
            self.gave = (key, restarts)

    class Stubborn(ProbeActor):
        async def restart(self, error: BaseException) -> None:
            raise OSError("still broken")

    observer = Observer()
    async with open_actor_system(Stubborn, observer=observer) as system:
        await crash(system, "a")
        await wait_all_tasks_blocked()
        await trio.sleep(30)
        assert observer.gave == ("a", 6)
