"""A store with faults: its calls can be held, refused, or lost before or after their effect.

`Faults` is the switchboard of one store and `with_faults` puts it in front of the store. A test
says what goes wrong next; a simulation overrides `Faults.draw`, which is asked once for each call.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Any, TypeVar, cast

import trio

from persistence.errors import StoreUnavailableError

S = TypeVar("S")


class Fault(Enum):
    """What becomes of one call."""

    NONE = "none"
    BEFORE = "before"  # the request is lost: nothing happens
    AFTER = "after"  # the answer is lost: it happens all the same


class Gate:
    """Holds the calls of one method before their effect, until it is opened."""

    def __init__(self) -> None:
        self._reached = trio.Event()
        self._opened = trio.Event()

    async def reached(self) -> None:
        """Return when a call stands at the gate."""
        await self._reached.wait()

    def open(self) -> None:
        """Let all calls through, and every later one."""
        self._opened.set()

    async def pass_through(self) -> None:
        """Stand at the gate."""
        self._reached.set()
        await self._opened.wait()


class Faults:
    """What is wrong with one store. `unavailable`: the error of a call that gets no answer.

    Attributes:
        calls: every call that reached the store, as (method, arguments), oldest first.
    """

    def __init__(self, unavailable: type[StoreUnavailableError]) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._unavailable = unavailable
        self._down = False
        self._delay_s = 0.0
        self._timeout_s = math.inf
        self._gates: dict[str, Gate] = {}
        self._next: dict[str, deque[Fault | Exception]] = defaultdict(deque)
        self._rewritten: dict[str, Callable[[Exception], Exception]] = {}

    def go_down(self) -> None:
        """No call has an effect or an answer from now on."""
        self._down = True

    def come_back(self) -> None:
        """Answer again, with everything that was stored."""
        self._down = False

    def left(self, method: str) -> int:
        """How many calls of a method are still to go wrong."""
        return len(self._next[method])

    def slow_down(self, delay_s: float, timeout_s: float) -> None:
        """Every answer takes so long from now on. A caller that gives up after `timeout_s`, as a
        store's adapter does, has no answer, though the call has its effect. 0: no delay."""
        self._delay_s, self._timeout_s = delay_s, timeout_s

    def hold(self, method: str) -> Gate:
        """Hold the calls of this method from now on; open the gate to let them through."""
        self._gates[method] = Gate()
        return self._gates[method]

    def lose_request(self, method: str, times: int = 1) -> None:
        """The next calls of this method have no effect and no answer."""
        self._next[method].extend([Fault.BEFORE] * times)

    def lose_answer(self, method: str, times: int = 1) -> None:
        """The next calls of this method have their effect, but no answer."""
        self._next[method].extend([Fault.AFTER] * times)

    def refuse(self, method: str, error: Exception) -> None:
        """The next call of this method has no effect and raises `error`."""
        self._next[method].append(error)

    def rewrite(self, method: str, rewrite: Callable[[Exception], Exception]) -> None:
        """What the store itself raises in this method is raised as `rewrite` makes it."""
        self._rewritten[method] = rewrite

    def count(self, method: str) -> int:
        """How many calls of this method reached the store."""
        return len(self.calls_of(method))

    def calls_of(self, method: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of this method that reached the store."""
        return [args for name, args in self.calls if name == method]

    def draw(self, method: str) -> Fault:
        """The fault of a call of which nothing was said; a simulation draws one from its seed."""
        return Fault.NONE

    async def call(
        self, method: str, store_method: Callable[..., Awaitable[Any]], args: tuple[Any, ...]
    ) -> Any:
        """One call, with what goes wrong with it."""
        await trio.lowlevel.checkpoint()
        if method in self._gates:
            await self._gates[method].pass_through()
        fault = self._fault(method)
        if fault is Fault.BEFORE:
            raise self._unavailable(f"{method}: the request was lost")
        self.calls.append((method, args))
        if self._delay_s:
            await trio.sleep(min(self._delay_s, self._timeout_s))
            fault = Fault.AFTER if self._delay_s > self._timeout_s else fault
        try:
            answer = await store_method(*args)
        except Exception as error:
            raise self._rewritten.get(method, _as_it_is)(error) from error
        if fault is Fault.AFTER:
            raise self._unavailable(f"{method}: the answer was lost")
        return answer

    def _fault(self, method: str) -> Fault:
        if self._down:
            raise self._unavailable("it is down")
        planned = self._next[method]
        if not planned:
            return self.draw(method)
        fault = planned.popleft()
        if isinstance(fault, Exception):
            raise fault
        return fault


def _as_it_is(error: Exception) -> Exception:
    return error


def with_faults(store: S, faults: Faults) -> S:
    """The store, every call of which goes through `faults`."""
    return cast("S", _FaultyStore(store, faults))


class _FaultyStore:
    def __init__(self, store: Any, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        store_method = getattr(self._store, method)

        def call(*args: Any) -> Awaitable[Any]:
            return self._faults.call(method, store_method, args)

        return call
