"""The cells by key: at most one activation per key, however many callers ask for it at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any

from actors.actor import Actor
from actors.admission import Admission, Start
from actors.cell import Cell, Status
from actors.envelope import Chain, ReplySlot
from actors.errors import ActorStoppedError, TooManyStartsError

if TYPE_CHECKING:
    from actors.system import ActorSystem

ActorFactory = Callable[[Any], Actor]
"""Makes the actor of a key, without its state."""


class Registry:
    """All cells of a system. At most `max_starting` are queued for their start or in it."""

    def __init__(
        self,
        system: ActorSystem,
        factory: ActorFactory,
        max_starts: int,
        max_starting: int,
        start_patience_s: float,
    ) -> None:
        self._system = system
        self._factory = factory
        self._cells: dict[Hashable, Cell] = {}
        self._starts: dict[Hashable, Start] = {}
        self._max_starting = max_starting
        self._admission = Admission(
            system.nursery,
            self._start,
            self._refuse,
            max_starts,
            start_patience_s,
            system.observer,
        )
        self.activations = 0
        """How many actors were started so far."""

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Cell]:
        return iter(list(self._cells.values()))

    @property
    def starting(self) -> int:
        """Activations under way or queued."""
        return len(self._starts)

    @property
    def waiting(self) -> int:
        """Queued activations."""
        return len(self._admission)

    async def run(self) -> None:
        """Run until cancelled."""
        await self._admission.run()

    def get(self, key: Hashable) -> Cell | None:
        """The cell of this key, if it is active or starting."""
        return self._cells.get(key)

    def deliver(self, key: Hashable, message: Any, reply: ReplySlot, chain: Chain = ()) -> None:
        """Deliver the message to the actor of this key, which is started if it is not active.

        Raises:
            DeliveryError: nothing was or will be handled.
        """
        cell = self._cells.get(key)
        if cell is None:
            refusal = self._system.supervisor.refusal(key)
            if refusal is not None:
                raise refusal
            cell = self._spawn(key, None)
        cell.deliver(message, reply, chain)

    async def activate(self, key: Hashable, intent: Any = None) -> Cell:
        """Start the actor of this key, or wait until its start under way ends, and return its cell.

        Earlier crashes are forgotten. A caller that joined a start with another intent tries again
        with its own if that fails. Cancellation: a start that no caller waits for is not begun.

        Raises: what `Actor.start` raised; TooManyStartsError, ActorStoppedError.
        """
        self._system.supervisor.forgive(key)
        while True:
            cell = self._cells.get(key)
            if cell is None:
                cell = self._spawn(key, intent)
            start = self._starts.get(key)
            if start is None:
                return cell
            await start.ended()
            if start.error is None:
                return cell
            if start.intent == intent or isinstance(start.error, TooManyStartsError):
                raise start.error

    async def stop(self, key: Hashable, reason: str = "stopped") -> None:
        """Let the actor save its state, and drop it; nothing happens unless it is ready. Messages
        that came meanwhile start a passivated actor again.

        Raises: what `Actor.stop` raised; the actor then goes on.
        """
        cell = self._cells.get(key)
        if cell is None or cell.status is not Status.READY:
            return
        cell.suspend()
        try:
            await cell.actor.stop(reason)
        except BaseException:
            cell.resume()
            raise
        if cell.waiting and reason == "passivated":
            self._enter(cell, None)
        else:
            self.discard(cell, ActorStoppedError(key, reason), reason)

    def discard(self, cell: Cell, error: Exception, reason: str) -> None:
        """Drop a cell at once, without calling its actor; waiting senders get `error`."""
        if self._cells.get(cell.key) is cell:
            del self._cells[cell.key]
        cell.close(error, "start_failed" if reason == "start_failed" else "stopped")
        self._system.observer.stopped(cell.key, reason)

    def _spawn(self, key: Hashable, intent: Any) -> Cell:
        if not self._system.accepting:
            raise ActorStoppedError(key, "the system is draining")
        if len(self._starts) >= self._max_starting:
            raise self._admission.too_many_starts(len(self._starts))
        cell = Cell(key, self._system)
        self._cells[key] = cell
        self._enter(cell, intent)
        return cell

    def _enter(self, cell: Cell, intent: Any) -> None:
        cell.actor = self._factory(cell.key)
        self._starts[cell.key] = start = Start(cell, intent)
        self._admission.enter(start)

    async def _start(self, start: Start) -> None:
        cell = start.cell
        try:
            await cell.actor.start(start.intent)
        except Exception as error:  # noqa: BLE001  (a guest: its senders get the error)
            self._refuse(start, error)
        else:
            self.activations += 1
            self._system.observer.activated(cell.key)
            self._end(start)
            cell.resume()

    def _refuse(self, start: Start, error: Exception) -> None:
        start.error = error
        self.discard(start.cell, error, "start_failed")
        self._end(start)

    def _end(self, start: Start) -> None:
        key = start.cell.key
        if self._starts.get(key) is start:  # if it was discarded, another may be under way
            del self._starts[key]
        start.end()
