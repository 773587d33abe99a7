"""In-memory asks: a message to an actor and its answer, nothing stored.

The baseline is what trio offers without further thought: a task per actor, a deque for a mailbox,
and `reschedule` in both directions, the leanest hand-over trio has. It is not cancel-safe, which
flatters it by about 5 %.

Ours is the kernel: registry, reference, mailbox, deadline and reply slot of every ask included.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import outcome
import trio
from trio.lowlevel import Abort, Task, current_task, reschedule, wait_task_rescheduled

from actors.envelope import ReplySlot
from actors.system import open_actor_system
from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Runtime, Target
from tests.bench.closed_loop import Operation, closed_loop_case
from tests.bench.population import CHARACTERS, Document, document, documents, hurt

_STRIDE: Final = 32
"""Asks between two looks at the clock."""


class _Actor:
    """An actor with a task of its own."""

    def __init__(self, state: Document) -> None:
        self._state = state
        self._mailbox: deque[tuple[Task, bool]] = deque()
        self._idle: Task | None = None

    async def ask(self, change: bool) -> int:
        """Send one message and wait for the answer: the version."""
        self._mailbox.append((current_task(), change))
        if self._idle is not None:
            reschedule(self._idle)
            self._idle = None
        version: int = await wait_task_rescheduled(_not_now)
        return version

    async def run(self) -> None:
        """Handle messages until cancelled."""
        while True:
            while self._mailbox:
                sender, change = self._mailbox.popleft()
                reschedule(sender, outcome.Value(handle(self._state, change)))
            self._idle = current_task()
            await wait_task_rescheduled(_at_once)


def handle(state: Document, change: bool) -> int:
    """The handler that every subject runs: one field of the state, and the version as a reply."""
    if change:
        return hurt(state)
    version: int = state["version"]
    return version


def _not_now(_: Any) -> Abort:
    return Abort.FAILED


def _at_once(_: Any) -> Abort:
    return Abort.SUCCEEDED


@asynccontextmanager
async def task_per_actor(_: Endpoints) -> AsyncIterator[Operation]:
    """One trio task per actor."""
    actors = [_Actor(state) for state in documents()]

    async def ask(character: int, change: bool) -> int:
        return await actors[character].ask(change)

    async with trio.open_nursery() as nursery:
        for actor in actors:
            nursery.start_soon(actor.run)
        yield ask
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def direct_call(_: Endpoints) -> AsyncIterator[Operation]:
    """The handler called as a function: nothing can be faster."""
    states = documents()

    async def ask(character: int, change: bool) -> int:
        return handle(states[character], change)

    yield ask


class _KernelActor:
    """The same actor in a cell of the kernel."""

    def __init__(self, char_id: int) -> None:
        self._state = document(char_id)

    async def start(self, intent: Any) -> None:
        """It has its state."""

    def receive(self, message: bool, reply: ReplySlot) -> None:
        """Answer at once."""
        reply.resolve(handle(self._state, message))

    async def restart(self, error: BaseException) -> None:
        """It has its state."""

    async def stop(self, reason: str) -> None:
        """Nothing is kept."""


@asynccontextmanager
async def kernel(_: Endpoints) -> AsyncIterator[Operation]:
    """Asks through the actor system."""
    async with open_actor_system(_KernelActor) as system:
        refs = [system.ref(char_id) for char_id in range(1, CHARACTERS + 1)]
        for ref in refs:
            await system.registry.activate(ref.key)

        async def ask(character: int, change: bool) -> Any:
            return await refs[character].ask(change)

        yield ask


ASK: Final = Benchmark(
    name="ask",
    title="in-memory asks, 10,000 actors, 256 callers",
    unit="ops/s",
    cases=(
        closed_loop_case(
            "one trio task per actor", task_per_actor, runtime=Runtime.TRIO, stride=_STRIDE
        ),
        closed_loop_case("kernel", kernel, runtime=Runtime.TRIO, stride=_STRIDE, target=Target(2)),
        closed_loop_case("direct call", direct_call, runtime=Runtime.TRIO, stride=_STRIDE),
    ),
)
