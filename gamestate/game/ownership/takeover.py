"""Takeovers: before a login activates a character, its present owner is asked to hand it over.

Another server is asked on its channel (see `channel`); under the login policy 'takeover' this
server's own activation is ended by an order. An owner that does not answer in time, or is down, is
fenced by the claim that follows: that is safe, but what it had in flight fails.

The request is sent before the activation starts, because only so many start at once: 5,000 logins
after the loss of a server wait for its answer side by side."""

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
from gamestate.game.ownership.channel import HandoverChannel
from gamestate.game.ownership.claims import Claims
from gamestate.game.ownership.handover import HandoverResponder
from gamestate.game.ownership.messages import HandoverMessage
from persistence.errors import (
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    PersistenceError,
    StoreUnavailableError,
)
from persistence.health import StoreHealth
from persistence.hot.store import ChannelStore
from persistence.records import Ownership

Takeover = Literal["handed_over", "fenced"]

STORE_MISSING: Final = "it is needed to take a character from another server"


class _PendingAnswer:
    """What one login waits for. `released`: whether the owner released the character."""

    __slots__ = ("arrived", "released")

    def __init__(self) -> None:
        self.arrived = trio.Event()
        self.released = False


class Takeovers:
    """Takes characters for logins here, and answers other servers that want to. `run` must run for
    any of it to work.

    Attributes:
        shares: whether a second login shares the active character.
    """

    def __init__(
        self,
        owner: str,
        system: ActorSystem,
        claims: Claims,
        hot: ChannelStore,
        health: StoreHealth,
        observer: GameObserver,
        *,
        timeout_s: float,
        shares: bool,
    ) -> None:
        self.shares = shares
        self._owner = owner
        self._system = system
        self._claims = claims
        self._health = health
        self._observer = observer
        self._timeout_s = timeout_s
        self._channel = HandoverChannel(owner, hot, observer)
        self._responder = HandoverResponder(system, claims, self._channel, observer, timeout_s)
        self._pending: dict[tuple[int, int], list[_PendingAnswer]] = defaultdict(list)

    async def run(self) -> None:
        """Run until cancelled."""
        async with trio.open_nursery() as nursery:
            await self._channel.run(partial(self._receive, nursery))

    # ------------------------------------------------------------------ from another server

    async def from_other_server(self, char_id: int, held: Ownership) -> Takeover | None:
        """Ask the owner to hand the character over, so that it can be claimed; None: another login
        here was first.

        Raises: StoreUnavailableError: no server was asked; retry later.
        """
        self._check_both_stores_up()
        if await self._ask_owner(char_id, held):
            return self._taken(char_id, held.owner, "handed_over")
        now = await self._claims.ownership(char_id)
        if self._claims.may_claim(now):
            if now.epoch == held.epoch:  # it was released, only the answer was lost
                return self._taken(char_id, held.owner, "handed_over")
            return None
        self._check_both_stores_up()
        return self._taken(char_id, now.owner, "fenced")

    async def _ask_owner(self, char_id: int, held: Ownership) -> bool:
        """Whether the owner released the character in time."""
        answer = _PendingAnswer()
        pending = self._pending[char_id, held.epoch]
        pending.append(answer)
        try:
            with trio.move_on_after(self._timeout_s):
                await self._channel.listening.wait()
                request = HandoverMessage(held.owner, "asked", char_id, held.epoch)
                if await self._channel.send(request):
                    await answer.arrived.wait()
        finally:
            pending.remove(answer)
            if not pending:
                self._pending.pop((char_id, held.epoch), None)
        return answer.released

    def _receive(self, nursery: trio.Nursery, message: HandoverMessage) -> None:
        if message.kind == "asked":
            nursery.start_soon(self._responder.hand_over, message)
            return
        for answer in self._pending.get((message.char_id, message.epoch), ()):
            answer.released = message.kind == "released"
            answer.arrived.set()

    def _check_both_stores_up(self) -> None:
        if not self._health.redis_up:
            raise HotStoreUnavailableError(STORE_MISSING)
        if not self._health.postgres_up:
            raise ColdStoreUnavailableError(STORE_MISSING)

    # ------------------------------------------------------------------ from this server

    async def from_this_server(self, char_id: int) -> Takeover | None:
        """End the activation here, unless it is shared, after the messages it received before;
        None: there is none to end.

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
            return None  # it ended for another reason
        return self._taken(char_id, self._owner, "handed_over")

    def _fence_here(self, char_id: int) -> Takeover | None:
        """The activation does not end by itself, perhaps because Postgres is down: the next claim
        fences it. While Redis is down it goes on, because nothing else has its last turns. One that
        is still loading is shared: nothing was played in it yet."""
        if not self._health.redis_up:
            raise HotStoreUnavailableError("the activation on this server cannot be ended")
        cell = self._system.registry.get(char_id)
        actor = cell.actor if cell is not None else None
        if not (isinstance(actor, CharacterActor) and actor.activation.loaded):
            return None
        actor.activation.fenced_by("redis")
        return self._taken(char_id, self._owner, "fenced")

    def _taken(self, char_id: int, server: str, outcome: Takeover) -> Takeover:
        self._observer.handed_over(char_id, server, outcome, "")
        return outcome
