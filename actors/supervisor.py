"""One-for-one supervision: a crash affects no other actor; restarts are delayed and bounded.

The message that crashed an actor becomes a dead letter: it would most likely crash it again.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import trio
from attrs import frozen

from actors.envelope import ReplySlot
from actors.errors import ActorCrashedError, ActorGaveUpError

if TYPE_CHECKING:
    from actors.cell import Cell
    from actors.system import ActorSystem


@frozen
class RestartPolicy:
    """Restart intensity: at most `max_restarts` within `within_s` seconds; the n-th restart in a
    row waits `backoff_s` * 2**(n-1) seconds, at most `backoff_max_s`, with up to 20 % of
    jitter."""

    max_restarts: int = 5
    within_s: float = 60.0
    backoff_s: float = 0.05
    backoff_max_s: float = 5.0

    def delay_s(self, restart: int) -> float:
        """How long the restart with this number waits, seconds."""
        delay: float = min(self.backoff_s * 2 ** (restart - 1), self.backoff_max_s)
        return delay * random.uniform(1.0, 1.2)


class Supervisor:
    """Restarts a cell whose actor raised, or gives it up."""

    def __init__(self, system: ActorSystem, policy: RestartPolicy) -> None:
        self._system = system
        self._policy = policy
        self._crashes: dict[Hashable, deque[float]] = {}
        self._gave_up: dict[Hashable, ActorGaveUpError] = {}

    def refusal(self, key: Hashable) -> ActorGaveUpError | None:
        """Why a message must not start this actor; None if it may."""
        return self._gave_up.get(key)

    def forgive(self, key: Hashable) -> None:
        """Forget the crashes of the actor: it may be started again."""
        self._gave_up.pop(key, None)
        self._crashes.pop(key, None)

    def crashed(self, cell: Cell, message: Any, reply: ReplySlot, error: BaseException) -> None:
        """A handler raised: answer the sender, then restart the cell or give it up."""
        crash = ActorCrashedError(cell.key)
        crash.__cause__ = error
        self._system.dead_letters.add(cell.key, message, "crashed")
        self._system.observer.crashed(cell.key, message, error)
        reply.fail(crash)
        self._restart(cell, error)

    def _restart(self, cell: Cell, error: BaseException) -> None:
        crashes = self._count(cell.key)
        if crashes > self._policy.max_restarts:
            self._give_up(cell, crashes)
        else:
            cell.restarting()
            self._system.nursery.start_soon(self._restart_later, cell, crashes, error)

    async def _restart_later(self, cell: Cell, crashes: int, error: BaseException) -> None:
        await trio.sleep(self._policy.delay_s(crashes))
        try:
            await cell.actor.restart(error)
        except Exception as again:  # noqa: BLE001  (a guest: a failed restart is one more crash)
            self._system.observer.crashed(cell.key, None, again)
            self._restart(cell, again)
        else:
            self._system.observer.restarted(cell.key, crashes)
            cell.resume()

    def _count(self, key: Hashable) -> int:
        """How often this actor crashed within the window, this crash included."""
        now = trio.current_time()
        crashes = self._crashes.setdefault(key, deque())
        crashes.append(now)
        while crashes[0] <= now - self._policy.within_s:
            crashes.popleft()
        return len(crashes)

    def _give_up(self, cell: Cell, crashes: int) -> None:
        error = ActorGaveUpError(cell.key, crashes, self._policy.within_s)
        self._gave_up[cell.key] = error
        self._system.observer.gave_up(cell.key, crashes)
        self._system.registry.discard(cell, error, "gave_up")
