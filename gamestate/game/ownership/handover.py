"""HandoverResponder: answers other servers' requests for characters that are active here.

    another server ─► asked ─► HandOver ─► (turns before it) ─► save ─► release ─► released

The release writes the requester's id as the owner, in both stores. Were the character unowned until
it is claimed, the next message to this server would activate it here again."""

from __future__ import annotations

from typing import Final

import trio

from actors.errors import ActorError
from actors.system import ActorSystem
from gamestate.errors import GameStateError
from gamestate.game.character.orders import HandOver
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.channel import HandoverChannel
from gamestate.game.ownership.claims import Claims
from gamestate.game.ownership.messages import HandoverMessage, Kind
from persistence.errors import PersistenceError

MAX_CONCURRENT_HANDOVERS: Final = 500
"""How many characters are handed over together: two transactions of backups."""


class HandoverResponder:
    """Hands characters over. `timeout_s`: how long the requester waits, seconds."""

    def __init__(
        self,
        system: ActorSystem,
        claims: Claims,
        channel: HandoverChannel,
        observer: GameObserver,
        timeout_s: float,
    ) -> None:
        self._system = system
        self._claims = claims
        self._channel = channel
        self._observer = observer
        self._timeout_s = timeout_s
        self._limiter = trio.CapacityLimiter(MAX_CONCURRENT_HANDOVERS)

    async def hand_over(self, request: HandoverMessage) -> None:
        """Save and release the character, and answer the server that asked for it."""
        answer: Kind | None = "kept"
        with trio.move_on_after(self._timeout_s) as scope:
            async with self._limiter:
                answer = await self._answer(request)
        if scope.cancelled_caught:
            self._report(request, "failed", f"it was not saved within {self._timeout_s:g} s")
        if answer is not None:
            await self._channel.send(
                HandoverMessage(request.server, answer, request.char_id, request.epoch)
            )

    async def _answer(self, request: HandoverMessage) -> Kind | None:
        """The answer to send; None: no server waits for it."""
        char_id = request.char_id
        if self._system.registry.get(char_id) is None:
            return "released"  # not active here: the stores have all of it
        try:
            if await self._claims.superseded(char_id, request.epoch):
                return None  # this server was paused, and fenced meanwhile
            await self._system.ref(char_id).ask(HandOver(request.server, request.epoch))
        except (GameStateError, PersistenceError, ActorError) as error:
            self._report(request, "failed", str(error))
            return "kept"
        self._report(request, "released")
        return "released"

    def _report(self, request: HandoverMessage, outcome: str, why: str = "") -> None:
        self._observer.handed_over(request.char_id, request.server, outcome, why)
