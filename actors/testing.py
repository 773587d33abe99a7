"""For tests of actors: a probe whose behaviour is scripted by its messages."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from actors.envelope import ReplySlot

Behaviour = Callable[["ProbeActor", ReplySlot], Coroutine[Any, Any, None] | None]


class ProbeActor:
    """Records what happens to it. A message that is callable is called as a `Behaviour`; any other
    is answered with itself."""

    def __init__(self, key: Any) -> None:
        self.key = key
        self.events: list[Any] = []
        self.starts = 0
        self.on_start: Callable[[Any], Coroutine[Any, Any, None]] | None = None
        self.on_stop: Callable[[str], Coroutine[Any, Any, None]] | None = None

    async def start(self, intent: Any) -> None:
        """Run `on_start`."""
        self.starts += 1
        if self.on_start is not None:
            await self.on_start(intent)

    def receive(self, message: Any, reply: ReplySlot) -> Coroutine[Any, Any, None] | None:
        """Record and obey."""
        self.events.append(message)
        if callable(message):
            rest: Coroutine[Any, Any, None] | None = message(self, reply)
            return rest
        reply.resolve(message)
        return None

    async def restart(self, error: BaseException) -> None:
        """Record."""
        self.events.append(("restart", type(error)))

    async def stop(self, reason: str) -> None:
        """Record, and run `on_stop`."""
        self.events.append(("stop", reason))
        if self.on_stop is not None:
            await self.on_stop(reason)


class Probes:
    """A factory that keeps every probe it made, by key. `prepare` is called with each new one."""

    def __init__(self, prepare: Callable[[ProbeActor], None] | None = None) -> None:
        self.made: list[ProbeActor] = []
        self._prepare = prepare

    def __call__(self, key: Any) -> ProbeActor:
        """Make a probe."""
        probe = ProbeActor(key)
        if self._prepare is not None:
            self._prepare(probe)
        self.made.append(probe)
        return probe

    def of(self, key: Any) -> ProbeActor:
        """The latest probe of this key."""
        return next(probe for probe in reversed(self.made) if probe.key == key)
