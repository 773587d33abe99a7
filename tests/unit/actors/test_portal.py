"""Crossing between trio and the asyncio thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
import trio
import trio.testing

from actors.errors import PortalDiedError
from actors.portal import open_portal


async def test_a_call_runs_on_the_loop_and_its_answer_comes_back() -> None:
    async def where() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    async with open_portal() as portal:
        assert await portal.call(where) != threading.get_ident()


async def test_an_error_on_the_loop_is_raised_in_trio() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async with open_portal() as portal:
        with pytest.raises(ZeroDivisionError):
            await portal.call(fail)


async def test_many_calls_run_at_the_same_time() -> None:
    arrived: list[int] = []
    async with open_portal() as portal:
        everybody = asyncio.Event()

        async def meet(number: int) -> None:
            arrived.append(number)
            if len(arrived) == 100:
                everybody.set()
            await everybody.wait()

        async with trio.open_nursery() as nursery:
            for number in range(100):
                nursery.start_soon(portal.call, meet, number)
    assert sorted(arrived) == list(range(100))


async def test_a_cancelled_call_cancels_its_coroutine_and_waits_for_it() -> None:
    events: list[str] = []
    started = trio.Event()
    async with open_portal() as portal, trio.open_nursery() as nursery:

        async def forever() -> None:
            portal.post_to_trio(started.set)
            try:
                await asyncio.Event().wait()
            finally:
                events.append("cleaned up")

        nursery.start_soon(portal.call, forever)
        await started.wait()
        nursery.cancel_scope.cancel()
    assert events == ["cleaned up"]


async def test_a_bridged_object_is_called_across() -> None:
    class Store:
        async def add(self, one: int, other: int) -> int:
            return one + other

    async with open_portal() as portal:
        assert await portal.bridge(Store()).add(1, 2) == 3


async def test_the_loop_can_await_a_trio_task() -> None:
    async def double(number: int) -> int:
        await trio.lowlevel.checkpoint()
        return number * 2

    async with open_portal() as portal:

        async def ask() -> int:
            return await portal.call_trio(double, 21)

        assert await portal.call(ask) == 42


async def test_an_error_in_trio_is_raised_on_the_loop() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async with open_portal() as portal:

        async def ask() -> None:
            with pytest.raises(ZeroDivisionError):
                await portal.call_trio(fail)

        await portal.call(ask)


async def test_a_slot_settled_in_trio_answers_on_the_loop() -> None:
    async with open_portal() as portal:

        async def ask() -> Any:
            slot = portal.slot()
            portal.post_to_trio(slot.resolve, "answer")
            return await slot.future

        assert await portal.call(ask) == "answer"


async def test_what_is_posted_arrives_in_order() -> None:
    seen: list[int] = []
    async with open_portal() as portal:
        for number in range(1000):
            portal.post(seen.append, number)

        async def nothing() -> None:
            return None

        await portal.call(nothing)
    assert seen == list(range(1000))


async def test_when_the_thread_dies_every_caller_hears_of_it() -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    async with open_portal() as portal, trio.open_nursery() as nursery:

        async def doomed() -> None:
            with pytest.raises(PortalDiedError):
                await portal.call(forever)

        nursery.start_soon(doomed)
        nursery.start_soon(doomed)
        await trio.testing.wait_all_tasks_blocked()
        portal.loop.call_soon_threadsafe(portal.loop.stop)
        await portal.died.wait()
    with pytest.raises(PortalDiedError):
        await portal.call(forever)
