"""What goes wrong between a server and its stores, call by call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final, NoReturn

import trio

from persistence.errors import PersistenceError, StoreUnavailableError
from tests.simulation.telling import told
from tests.support.faulty_stores import Fault, Faults

if TYPE_CHECKING:
    from tests.simulation.world import World

ONE_AT_A_TIME: Final = "commit"
"""The method whose calls share one connection and so keep their order; all others may overtake."""

SUBSCRIPTION: Final = "listen"
"""The method that has no answer: it lasts as long as its connection."""

QUICK_S: Final = 0.004
LATE_S: Final = 3.0
"""So late at most comes what nobody waits for any more."""

SELDOM: Final = 0.08
"""The share of calls that are slow."""


class Link(Faults):
    """One server's way to one store.

    A call waits a while, has its effect, waits a while, and answers. At any of these points it may
    fail, by chance (`draw`), or because the connections break, the store is away, the server is
    dead or frozen. If it has had no effect by then, it may still have it later, as a request does
    that was sent before its sender was gone.
    """

    def __init__(
        self,
        name: str,
        unavailable: type[StoreUnavailableError],
        timeout_s: float,
        world: World,
        chance: Random,
    ) -> None:
        super().__init__(unavailable)
        self.name = name
        self.severed = False
        self._timeout_s = timeout_s
        self._world = world
        self._chance = chance
        self._order = trio.Lock()
        self._in_flight: dict[_Call, None] = {}
        self._moving = trio.Event()
        self._moving.set()
        self._unheard: list[Callable[[], None]] = []

    # ------------------------------------------------------------------ what befalls it

    def sever(self) -> None:
        """The server is dead: nothing of it reaches the store any more, but what was sent."""
        self.severed = True
        self._moving.set()

    def lose_connections(self) -> None:
        """Every call in flight fails; the next one opens a new connection."""
        for call in list(self._in_flight):
            call.scope.cancel()

    def go_down(self) -> None:
        super().go_down()
        self.lose_connections()

    def freeze(self) -> None:
        """Hold every call where it is."""
        self._moving = trio.Event()

    def thaw(self) -> None:
        """Let them go on, and hear what was said meanwhile."""
        self._moving.set()
        unheard, self._unheard = self._unheard, []
        for hear in () if self.severed else unheard:
            hear()

    # ------------------------------------------------------------------ one call

    def draw(self, method: str) -> Fault:
        schedule = self._world.schedule
        if self._chance.random() >= schedule.error_rate:
            return Fault.NONE
        if method == "claim" and self._world.behind():
            return Fault.NONE
        return self._chance.choice((Fault.BEFORE, Fault.AFTER))

    async def call(
        self, method: str, store_method: Callable[..., Awaitable[Any]], args: tuple[Any, ...]
    ) -> Any:
        if method == SUBSCRIPTION:
            await self._listen(store_method, args)
        call = _Call(method, store_method, args, trio.CancelScope())
        call.scope.deadline = trio.current_time() + self._timeout_s
        late = self._chance.random() < self._world.schedule.late_rate
        self._in_flight[call] = None
        try:
            with call.scope:
                return await self._carry_out(call)
            self._note(call, "no answer")
            raise self._unavailable(f"{method}: no answer")
        finally:
            del self._in_flight[call]
            if late and not call.effective:
                self._world.late += 1
                self._world.nursery.start_soon(self._have_effect_later, call)

    async def _listen(
        self, store_method: Callable[..., Awaitable[Any]], args: tuple[Any, ...]
    ) -> NoReturn:
        """Hear what is said until the connection breaks, which is all that can befall it."""
        channel, heard, started = args

        def hear(message: bytes) -> None:
            if self._moving.is_set():
                heard(message)
            else:
                self._unheard.append(partial(heard, message))

        call = _Call(SUBSCRIPTION, store_method, args, trio.CancelScope())
        self._in_flight[call] = None
        try:
            with call.scope:
                await self._wait()
                await store_method(channel, hear, started)
        finally:
            del self._in_flight[call]
        raise self._unavailable("the subscription broke")

    async def _carry_out(self, call: _Call) -> Any:
        if call.method != ONE_AT_A_TIME:
            return await self._exchange(call)
        async with self._order:
            return await self._exchange(call)

    async def _exchange(self, call: _Call) -> Any:
        await self._wait()
        fault = self._fault(call.method)
        if fault is Fault.BEFORE and not self._world.calm:
            self._fail(call, "the request was lost")
        answer = await self._effect(call)
        await self._wait()
        if fault is Fault.AFTER and not self._world.calm:
            self._fail(call, "the answer was lost")
        return answer

    async def _effect(self, call: _Call) -> Any:
        call.effective = True
        answer = await call.store_method(*call.args)
        if line := told(call.method, call.args, answer):
            self._note(call, line)
        await self._world.watch.saw(self.name, call.method, call.args, answer)
        return answer

    async def _have_effect_later(self, call: _Call) -> None:
        # Not so late that what a logout left in Redis has expired by then: it would come back.
        latest_s = min(LATE_S, self._world.schedule.session_ttl_s / 2)
        await trio.sleep(self._chance.uniform(0.0, latest_s))
        self._world.late -= 1
        if not self._down and call.method != "ping":
            self._note(call, "comes late:")
            with suppress(PersistenceError):
                await self._effect(call)

    async def _wait(self) -> None:
        """A moment, usually a short one. A call of a frozen server goes no further."""
        slow = not self._world.calm and self._chance.random() < SELDOM
        mean_s = self._world.schedule.slow_s if slow else QUICK_S
        await trio.sleep(self._chance.expovariate(1 / mean_s))
        while not self._moving.is_set():
            await self._moving.wait()
        if self.severed or self._down:
            raise self._unavailable("it is out of reach")

    def _fail(self, call: _Call, why: str) -> None:
        self._note(call, why)
        raise self._unavailable(f"{call.method}: {why}")

    def _note(self, call: _Call, what: str) -> None:
        if call.method != "ping":
            self._world.history.note(self.name, f"{call.method} {what}")


class _Call:
    """One call under way. `effective`: it happened."""

    def __init__(
        self,
        method: str,
        store_method: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        scope: trio.CancelScope,
    ) -> None:
        self.method = method
        self.store_method = store_method
        self.args = args
        self.scope = scope
        self.effective = False
