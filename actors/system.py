"""The actor system: what all cells share, made once, running as long as its nursery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import field, frozen

from actors.dead_letters import DeadLetters
from actors.deadlines import Deadlines
from actors.dispatcher import Dispatcher
from actors.envelope import Chain
from actors.errors import DeliveryError, MailboxFullError
from actors.observer import ActorObserver
from actors.passivation import Passivation
from actors.ref import Ref
from actors.registry import ActorFactory, Registry
from actors.supervisor import RestartPolicy, Supervisor
from actors.timers import Timer, Timers


@frozen
class SystemSettings:
    """Bounds and times of a system.

    `max_starts` actors run their start at once, and `max_waiting_starts` in all may be starting;
    one is queued for at most `start_patience_s`. `passivate_after_s` None: never.
    """

    mailbox_capacity: int = 1000
    ask_timeout_s: float = 5.0
    passivate_after_s: float | None = None
    max_starts: int = 512
    max_waiting_starts: int = 20_000
    start_patience_s: float = 5.0
    restarts: RestartPolicy = field(factory=RestartPolicy)


class ActorSystem:
    """See `open_actor_system`."""

    def __init__(
        self,
        nursery: trio.Nursery,
        factory: ActorFactory,
        settings: SystemSettings,
        observer: ActorObserver,
    ) -> None:
        self.nursery = nursery
        self.observer = observer
        self.mailbox_capacity = settings.mailbox_capacity
        self.ask_timeout_s = settings.ask_timeout_s
        self.accepting = True
        self.tick = 0
        self.dead_letters = DeadLetters(observer)
        self.dispatcher = Dispatcher()
        self.deadlines = Deadlines()
        self.timers = Timers(self._tell)
        self.supervisor = Supervisor(self, settings.restarts)
        self.registry = Registry(
            self,
            factory,
            settings.max_starts,
            settings.max_waiting_starts,
            settings.start_patience_s,
        )

    def ref(self, key: Hashable, chain: Chain = ()) -> Ref:
        """The address of an actor. Inside an async turn pass `chain`, that of the turn (`cell.chain
        + (cell.key,)`), so that a call that returns to it is refused instead of hanging."""
        return Ref(key, self, chain)

    def after(self, delay_s: float, key: Hashable, message: Any) -> Timer:
        """Send `message` to the actor of `key` in `delay_s` seconds; the handle to stop it."""
        return self.timers.after(delay_s, key, message)

    def drop(self, key: Hashable, error: Exception, reason: str) -> None:
        """Drop the actor of `key` at once, if there is one, without asking it; senders that wait
        for it get `error`. `reason`: for the observer."""
        cell = self.registry.get(key)
        if cell is not None:
            self.registry.discard(cell, error, reason)

    async def drain(self) -> None:
        """Start no more actors; return when every cell is idle."""
        self.accepting = False
        for cell in self.registry:
            await cell.rest()

    def _tell(self, key: Hashable, message: Any) -> None:
        """For timers. Raises: MailboxFullError."""
        try:
            self.ref(key).tell(message)
        except MailboxFullError:
            raise
        except DeliveryError:
            self.dead_letters.add(key, message, "stopped")


@asynccontextmanager
async def open_actor_system(
    factory: ActorFactory,
    settings: SystemSettings | None = None,
    observer: ActorObserver | None = None,
) -> AsyncIterator[ActorSystem]:
    """Run an actor system until the block ends. Cells are then dropped without being saved: stop
    them first."""
    settings = settings or SystemSettings()
    async with trio.open_nursery() as nursery:
        system = ActorSystem(nursery, factory, settings, observer or ActorObserver())
        nursery.start_soon(system.dispatcher.run)
        nursery.start_soon(system.deadlines.run)
        nursery.start_soon(system.timers.run)
        nursery.start_soon(system.registry.run)
        if settings.passivate_after_s is not None:
            nursery.start_soon(Passivation(system, settings.passivate_after_s).run)
        yield system
        nursery.cancel_scope.cancel()
