"""Before a login activates a character: whoever plays it now is asked to hand it over.

Another server is asked on its channel (see `messenger`), and this one's own first session, under
the login policy 'takeover', by an order. Who does not answer in time, or is not there, is fenced by
the claim that follows; that is safe, but what it had in flight fails.

Asking is outside of the activation, of which only so many run at once: 5,000 logins after the loss
of a server wait for its answer side by side."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Final, Literal

import trio

from actors.errors import ActorError, AskTimeoutError
from actors.system import ActorSystem
from gamestate.errors import GameStateError
from gamestate.game.character.actor import CharacterActor
from gamestate.game.character.orders import EvictForLogin
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.channel import Messenger
from gamestate.game.ownership.handover import Handovers
from gamestate.game.ownership.messages import Note
from gamestate.game.ownership.restore import Restorer
from persistence.errors import (
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    PersistenceError,
    StoreUnavailableError,
)
from persistence.health import StoreHealth
from persistence.hot.store import HotStore
from persistence.records import Ownership

Takeover = Literal["handed_over", "fenced"]

MISSING: Final = "it is needed to take a character from another server"


class _Answer:
    """What one login waits for."""

    __slots__ = ("over", "released")

    def __init__(self) -> None:
        self.over = trio.Event()
        self.released = False


class Takeovers:
    """What this server takes, and gives when it is asked. `run` must run for any of it to work."""

    def __init__(
        self,
        owner: str,
        system: ActorSystem,
        restorer: Restorer,
        hot: HotStore,
        health: StoreHealth,
        observer: GameObserver,
        *,
        timeout_s: float,
        shares: bool,
    ) -> None:
        self._owner = owner
        self._system = system
        self._restorer = restorer
        self._health = health
        self._observer = observer
        self._timeout_s = timeout_s
        self._messenger = Messenger(owner, hot, observer)
        self._handovers = Handovers(system, restorer, self._messenger, observer, timeout_s)
        self._waiting: dict[tuple[int, int], list[_Answer]] = defaultdict(list)
        self.shares = shares
        """Whether a second login shares the live character."""

    async def run(self) -> None:
        """Ask and answer for ever."""
        async with trio.open_nursery() as nursery:
            await self._messenger.run(partial(self._heard, nursery))

    # ------------------------------------------------------------------ from another server

    async def from_elsewhere(self, char_id: int, held: Ownership) -> Takeover | None:
        """Let the server that holds the character hand it over, so that it can be claimed; None:
        another login here was first.

        Raises: StoreUnavailableError: nobody was asked; retry later.
        """
        self._needs_both_stores()
        if await self._released(char_id, held):
            return self._taken(char_id, held.owner, "handed_over")
        now = await self._restorer.ownership(char_id)
        if now.epoch == held.epoch and self._restorer.may_claim(now):
            return self._taken(char_id, held.owner, "handed_over")  # only the answer was lost
        if self._restorer.may_claim(now):
            return None  # another login here was first
        self._needs_both_stores()
        return self._taken(char_id, now.owner, "fenced")

    async def _released(self, char_id: int, held: Ownership) -> bool:
        """Ask for it; whether it was released in time."""
        answer = _Answer()
        waiting = self._waiting[char_id, held.epoch]
        waiting.append(answer)
        try:
            with trio.move_on_after(self._timeout_s):
                await self._messenger.listening.wait()
                if await self._messenger.tell(Note(held.owner, "asked", char_id, held.epoch)):
                    await answer.over.wait()
        finally:
            waiting.remove(answer)
            if not waiting:
                self._waiting.pop((char_id, held.epoch), None)
        return answer.released

    def _heard(self, nursery: trio.Nursery, note: Note) -> None:
        if note.kind == "asked":
            nursery.start_soon(self._handovers.give, note)
            return
        for answer in self._waiting.get((note.char_id, note.epoch), ()):
            answer.released = note.kind == "released"
            answer.over.set()

    def _needs_both_stores(self) -> None:
        if not self._health.redis_up:
            raise HotStoreUnavailableError(MISSING)
        if not self._health.postgres_up:
            raise ColdStoreUnavailableError(MISSING)

    # ------------------------------------------------------------------ from here

    async def from_here(self, char_id: int) -> Takeover | None:
        """End the session that plays here, unless it is shared; what it was sent before is finished
        first. None: there is none to end.

        Raises: StoreUnavailableError: it can't be ended now; retry later.
        """
        if self.shares or self._system.registry.get(char_id) is None:
            return None
        try:
            with trio.fail_after(self._timeout_s):
                await self._system.ref(char_id).ask(EvictForLogin())
        except (trio.TooSlowError, AskTimeoutError, StoreUnavailableError):
            return self._fence_here(char_id)
        except (GameStateError, ActorError, PersistenceError):
            return None  # whatever it was, it is gone from here
        return self._taken(char_id, self._owner, "handed_over")

    def _fence_here(self, char_id: int) -> Takeover | None:
        """It does not end by itself, Postgres may be down: the next claim fences it. Without Redis
        it is all there is of its last turns, and goes on."""
        if not self._health.redis_up:
            raise HotStoreUnavailableError("the session that plays here cannot be ended")
        cell = self._system.registry.get(char_id)
        if cell is None or not isinstance(cell.actor, CharacterActor):
            return None
        cell.actor.activation.fenced_by("redis")
        return self._taken(char_id, self._owner, "fenced")

    def _taken(self, char_id: int, server: str, outcome: Takeover) -> Takeover:
        self._observer.handed_over(char_id, server, outcome, "")
        return outcome
