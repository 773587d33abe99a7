"""One activation of one actor: its mailbox, its status and its turns. A cell has no task of its
own.

A message to a ready cell is handled at once, in the sender's task; otherwise it waits in the
mailbox for the dispatcher. Either way: first in, first out, one at a time.

           deliver                        coroutine                 raises
  READY ───────────► (a turn) ─► READY    ────────► SUSPENDED ─► READY    ─────► RESTARTING ─► READY
    ▲                                                                                 │
  STARTING ─► STOPPED (start failed)      passivate: SUSPENDED ─► STOPPED             └► STOPPED
"""

from __future__ import annotations

from collections.abc import Coroutine, Hashable
from enum import Enum
from typing import TYPE_CHECKING, Any

import trio

from actors.actor import Actor
from actors.envelope import Chain, Envelope, ReplySlot
from actors.errors import ActorStoppedError, DeadlockError, MailboxFullError
from actors.mailbox import Mailbox

if TYPE_CHECKING:
    from actors.system import ActorSystem


class Status(Enum):
    """What a cell is doing."""

    STARTING = "starting"
    READY = "ready"
    SUSPENDED = "suspended"  # an async turn, or a passivation, is under way
    RESTARTING = "restarting"
    STOPPED = "stopped"


class Cell:
    """See the module's text. Only the kernel makes cells."""

    __slots__ = (
        "_at_rest",
        "_dispatcher",
        "_mailbox",
        "_queued",
        "_status",
        "_system",
        "actor",
        "chain",
        "key",
        "last_tick",
        "ready",
    )

    actor: Actor

    def __init__(self, key: Hashable, system: ActorSystem) -> None:
        self.key = key
        self.chain: Chain = ()
        self.last_tick = system.tick
        self._system = system
        self._dispatcher = system.dispatcher
        self._mailbox: Mailbox | None = None
        self._at_rest: trio.Event | None = None
        self._queued = False
        self._status = Status.STARTING
        self.ready = False  # READY with an empty mailbox: the sender may run the turn itself

    @property
    def status(self) -> Status:
        """What the cell is doing."""
        return self._status

    @property
    def waiting(self) -> int:
        """Messages in the mailbox."""
        return len(self._mailbox) if self._mailbox is not None else 0

    @property
    def alive(self) -> bool:
        """Whether it is not closed."""
        return self._status is not Status.STOPPED

    @property
    def awaited(self) -> bool:
        """Whether a message waits here whose sender still waits for the answer."""
        return self._mailbox is not None and self._mailbox.awaited

    def deliver(self, message: Any, reply: ReplySlot, chain: Chain = ()) -> None:
        """Handle the message now if the cell is ready, else let it wait.

        Raises:
            MailboxFullError, ActorStoppedError, DeadlockError: nothing was or will be handled.
        """
        self.last_tick = self._system.tick
        if self.ready and not self._dispatcher.running:
            self._turn(message, reply, chain)
        else:
            self._wait(Envelope(message, reply, chain))

    def run_waiting(self, most: int) -> int:
        """Handle up to `most` waiting messages; returns how many. For the dispatcher."""
        self._queued = False
        handled = 0
        while handled < most and self._status is Status.READY and self._mailbox:
            envelope = self._mailbox.take()
            handled += 1
            if envelope.reply.done:
                self._system.dead_letters.add(self.key, envelope.message, "expired")
            else:
                self._turn(envelope.message, envelope.reply, envelope.chain)
        self.settle()
        return handled

    def suspend(self) -> None:
        """Take no messages until `resume` or `close`."""
        self._enter(Status.SUSPENDED)

    def restarting(self) -> None:
        """Take no messages while the supervisor restarts the actor."""
        self._enter(Status.RESTARTING)

    def resume(self) -> None:
        """Take messages (again)."""
        if self._status is not Status.STOPPED:
            self._status = Status.READY
            self.settle()

    def close(self, error: Exception, reason: str) -> None:
        """Take no more messages; waiting senders get `error`."""
        self._enter(Status.STOPPED)
        self._tell_rest()
        for envelope in self._mailbox.take_all() if self._mailbox else ():
            self._system.dead_letters.add(self.key, envelope.message, reason)
            envelope.reply.fail(error)

    async def rest(self) -> None:
        """Return when the mailbox is empty and no turn is under way, or the cell is closed."""
        while not (self.ready or self._status is Status.STOPPED):
            self._at_rest = self._at_rest or trio.Event()
            await self._at_rest.wait()

    def settle(self) -> None:
        """After any change: ready for inline turns, or in the run queue, or neither."""
        if self._status is not Status.READY:
            return
        self.ready = not self._mailbox
        if self.ready:
            self._tell_rest()
        if self._mailbox and not self._queued:
            self._queued = True
            self._dispatcher.enqueue(self)

    def _tell_rest(self) -> None:
        if self._at_rest is not None:
            self._at_rest.set()
            self._at_rest = None

    def _enter(self, status: Status) -> None:
        self._status = status
        self.ready = False

    def _wait(self, envelope: Envelope) -> None:
        if self._status is Status.STOPPED:
            raise ActorStoppedError(self.key, "it has stopped")
        if self.key in envelope.chain:
            raise DeadlockError((*envelope.chain, self.key))
        if self._mailbox is None:
            self._mailbox = Mailbox(self._system.mailbox_capacity)
        if not self._mailbox.offer(envelope):
            self._system.dead_letters.add(self.key, envelope.message, "mailbox_full")
            raise MailboxFullError(self.key, self._mailbox.capacity)
        self._system.observer.queued(self.key, len(self._mailbox))
        self.settle()

    def _turn(self, message: Any, reply: ReplySlot, chain: Chain) -> None:
        dispatcher = self._dispatcher
        dispatcher.running = True
        self.chain = chain
        try:
            rest = self.actor.receive(message, reply)
        except Exception as error:  # noqa: BLE001  (a guest: the supervisor handles any error)
            self._system.supervisor.crashed(self, message, reply, error)
        else:
            if rest is not None:
                self._suspend_for(rest, message, reply)
        finally:
            dispatcher.running = False

    def _suspend_for(self, rest: Coroutine[Any, Any, None], message: Any, reply: ReplySlot) -> None:
        self.suspend()
        self._system.nursery.start_soon(self._finish, rest, message, reply)

    async def _finish(
        self, rest: Coroutine[Any, Any, None], message: Any, reply: ReplySlot
    ) -> None:
        try:
            await rest
        except Exception as error:  # noqa: BLE001  (a guest, as above)
            self._system.supervisor.crashed(self, message, reply, error)
        else:
            self.resume()
