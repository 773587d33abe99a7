"""The game as the edge sees it: awaited on asyncio, carried out on trio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from actors.portal import Portal
from gamestate.api.requests import CreateCharacter
from gamestate.content.index import Index
from gamestate.game.message_result import MessageResult, Wait
from gamestate.game.orchestrator import GameStateOrchestrator, Login


class GameService:
    """What the endpoints ask of the rest of the server, awaited on the asyncio loop.

    Raises the errors of `gamestate.errors`, `actors.errors` and `persistence.errors`, which
    `problems.py` translates.

    Args:
        commands: message type (`inventory.equip`) to the attrs class of its payload.
        content: returns the content that is served now.
        reload_content: on trio; reads the content directory again and replaces the content. Returns
            the number of items, monsters and scenarios. Raises ContentError: nothing was replaced.
        missing: returns what keeps the server from answering; empty when requests will succeed.
        metrics: returns all metrics in the Prometheus text format, version 0.0.4.
    """

    def __init__(
        self,
        portal: Portal,
        orchestrator: GameStateOrchestrator,
        commands: Mapping[str, type],
        content: Callable[[], Index],
        reload_content: Callable[[], Awaitable[Mapping[str, int]]],
        missing: Callable[[], Sequence[str]],
        metrics: Callable[[], bytes],
    ) -> None:
        self._portal = portal
        self._orchestrator = orchestrator
        self._reload_content = reload_content
        self.commands = commands
        self.content = content
        self.missing = missing
        self.metrics = metrics

    def message(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        message_id: str | None,
        wait: Wait | None = None,
        epoch: int | None = None,
    ) -> Awaitable[MessageResult]:
        """Send one message to the character's actor, without a task on either side.

        `wait`: "postgres" answers when Postgres has it, too. `epoch`: the message is handled only
        under this one. The message is queued before the first suspension: messages of one character
        that are sent one after the other are handled in that order.
        """
        slot = self._portal.slot()
        self._portal.post_to_trio(
            self._orchestrator.submit, char_id, type_, payload, message_id, slot, wait, epoch
        )
        return slot.future

    def create(self, new: CreateCharacter) -> Awaitable[Mapping[str, Any]]:
        """Store a new character; its view."""
        return self._portal.call_trio(
            self._orchestrator.create, new.name, new.gender, new.stats, new.location
        )

    def login(self, char_id: int) -> Awaitable[Login]:
        """Restore the character and keep it active."""
        return self._portal.call_trio(self._orchestrator.restore_full_state, char_id)

    def logout(self, char_id: int, epoch: int | None) -> Awaitable[int]:
        """Release the character after everything is in Postgres; its version. With an `epoch`, only
        if the character still has it."""
        return self._portal.call_trio(self._orchestrator.logout, char_id, epoch)

    def view(self, char_id: int) -> Awaitable[Mapping[str, Any]]:
        """The character as a client sees it."""
        return self._portal.call_trio(self._orchestrator.view, char_id)

    def reload_content(self) -> Awaitable[Mapping[str, int]]:
        """Read the content directory again."""
        return self._portal.call_trio(self._reload_content)
