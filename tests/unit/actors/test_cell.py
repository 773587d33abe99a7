"""What a sender may rely on when it talks to one actor."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.envelope import ReplySlot
from actors.errors import (
    AskTimeoutError,
    DeadlockError,
    MailboxFullError,
)
from actors.system import SystemSettings, open_actor_system
from actors.testing import ProbeActor, Probes


def gated(gate: trio.Event) -> Any:
    """A message whose turn ends when the gate opens."""

    def behaviour(actor: ProbeActor, reply: ReplySlot) -> Any:
        async def rest() -> None:
            await gate.wait()
            reply.resolve("after the gate")

        return rest()

    return behaviour


async def test_an_ask_of_an_idle_actor_is_answered_without_a_task_switch() -> None:
    async with open_actor_system(Probes()) as system:
        await system.registry.activate("a")
        switched = False

        async def bystander() -> None:
            nonlocal switched
            switched = True

        system.nursery.start_soon(bystander)
        assert await system.ref("a").ask("hello") == "hello"
        assert not switched


async def test_messages_that_wait_are_handled_in_the_order_they_came() -> None:
    probes = Probes()
    gate = trio.Event()
    async with open_actor_system(probes) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        nursery.start_soon(system.ref("a").ask, gated(gate))
        await wait_all_tasks_blocked()
        for number in range(100):
            system.ref("a").tell(number)
        gate.set()
        assert await system.ref("a").ask("last") == "last"
    assert probes.of("a").events[1:] == [*range(100), "last"]


async def test_an_async_turn_lets_no_other_message_in() -> None:
    probes = Probes()
    gate = trio.Event()
    async with open_actor_system(probes) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        nursery.start_soon(system.ref("a").ask, gated(gate))
        await wait_all_tasks_blocked()
        nursery.start_soon(system.ref("a").ask, "second")
        await wait_all_tasks_blocked()
        assert len(probes.of("a").events) == 1
        gate.set()
    assert probes.of("a").events[1:] == ["second"]


async def test_a_message_sent_from_inside_a_handler_is_handled_after_it() -> None:
    async with open_actor_system(Probes()) as system:
        order: list[str] = []

        def second(actor: ProbeActor, reply: ReplySlot) -> None:
            order.append("second")
            reply.resolve(None)

        def first(actor: ProbeActor, reply: ReplySlot) -> None:
            system.ref("b").tell(second)
            system.ref("a").tell(second)
            order.append("first")
            reply.resolve(None)

        await system.registry.activate("b")
        await system.ref("a").ask(first)
        await wait_all_tasks_blocked()
        assert order == ["first", "second", "second"]


async def test_a_full_mailbox_refuses_at_once_and_says_how_full_it_is() -> None:
    gate = trio.Event()
    settings = SystemSettings(mailbox_capacity=3)
    async with open_actor_system(Probes(), settings) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        nursery.start_soon(system.ref("a").ask, gated(gate))
        await wait_all_tasks_blocked()
        for number in range(3):
            system.ref("a").tell(number)
        with pytest.raises(MailboxFullError) as refused:
            system.ref("a").tell("one too many")
        assert refused.value.capacity == 3
        assert [letter.reason for letter in system.dead_letters.last()] == ["mailbox_full"]
        gate.set()


async def test_an_ask_that_is_not_answered_in_time_says_that_the_outcome_is_unknown(
    autojump_clock: trio.abc.Clock,
) -> None:
    async with open_actor_system(Probes()) as system:
        started = trio.current_time()
        with pytest.raises(AskTimeoutError):
            await system.ref("a").ask(lambda actor, reply: None, timeout_s=2)
        assert 2 <= trio.current_time() - started < 2.5


async def test_a_message_whose_sender_gave_up_is_not_handled_any_more(
    autojump_clock: trio.abc.Clock,
) -> None:
    probes = Probes()
    gate = trio.Event()
    async with open_actor_system(probes) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        nursery.start_soon(system.ref("a").ask, gated(gate), 100)
        await wait_all_tasks_blocked()
        with trio.move_on_after(1):
            await system.ref("a").ask("cancelled")
        with pytest.raises(AskTimeoutError):
            await system.ref("a").ask("late", timeout_s=1)
        gate.set()
        await wait_all_tasks_blocked()
        assert probes.of("a").events[1:] == []
        assert [letter.reason for letter in system.dead_letters.last()] == ["expired", "expired"]


async def test_a_call_chain_that_comes_back_is_refused_instead_of_hanging() -> None:
    async with open_actor_system(Probes()) as system:

        def asks(target: str, message: Any) -> Any:
            def behaviour(actor: ProbeActor, reply: ReplySlot) -> Any:
                cell = system.registry.get(actor.key)
                assert cell is not None
                chain = (*cell.chain, actor.key)

                async def rest() -> None:
                    try:
                        reply.resolve(await system.ref(target, chain).ask(message))
                    except DeadlockError as error:
                        reply.fail(error)

                return rest()

            return behaviour

        with pytest.raises(DeadlockError) as refused:
            await system.ref("a").ask(asks("b", asks("a", "hello")))
        assert refused.value.chain == ("a", "b", "a")


async def test_one_sender_that_never_waits_does_not_starve_the_others() -> None:
    async with open_actor_system(Probes()) as system, trio.open_nursery() as nursery:
        await system.registry.activate("a")
        seen: list[str] = []

        async def sender(name: str) -> None:
            for _ in range(1000):
                await system.ref("a").ask(name)
                seen.append(name)

        nursery.start_soon(sender, "one")
        nursery.start_soon(sender, "two")
    assert {"one", "two"} == set(seen[:200])
