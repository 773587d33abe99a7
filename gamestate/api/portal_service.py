"""The GameService port of the edge, over the portal: asyncio on this side, trio on the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from actors.portal import Portal
from gamestate.api.service import CreateCharacter
from gamestate.content.index import Index
from gamestate.game.orchestrator import GameStateOrchestrator
from gamestate.game.receipt import Receipt, Wait
from gamestate.observe.metrics import Metrics


class PortalGameService:
    """See `gamestate.api.service.GameService`. `missing` says what is not ready."""

    def __init__(
        self,
        portal: Portal,
        orchestrator: GameStateOrchestrator,
        metrics: Metrics,
        commands: Mapping[str, type],
        content: Callable[[], Index],
        reload_content: Callable[[], Awaitable[Mapping[str, int]]],
        missing: Callable[[], Sequence[str]],
    ) -> None:
        self._portal = portal
        self._orchestrator = orchestrator
        self._metrics = metrics
        self._commands = commands
        self._content = content
        self._reload_content = reload_content
        self._missing = missing

    def message(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        message_id: str | None,
        wait: Wait | None = None,
        epoch: int | None = None,
    ) -> Awaitable[Receipt]:
        """One message, without a task on either side."""
        slot = self._portal.slot()
        self._portal.post_to_trio(
            self._orchestrator.submit, char_id, type_, payload, message_id, slot, wait, epoch
        )
        return slot.future

    def create(self, new: CreateCharacter) -> Awaitable[Mapping[str, Any]]:
        """Store a new character."""
        return self._portal.call_trio(
            self._orchestrator.create, new.name, new.gender, new.stats, new.location
        )

    async def login(self, char_id: int) -> Mapping[str, Any]:
        """Restore the character and keep it active."""
        login = await self._portal.call_trio(self._orchestrator.restore_full_state, char_id)
        takeover = {} if login.takeover is None else {"takeover": login.takeover}
        return {
            "char_id": char_id,
            "restored_from": login.restored_from,
            "epoch": login.character["epoch"],
            "version": login.character["version"],
            **takeover,
            "character": login.character,
        }

    async def logout(self, char_id: int, epoch: int | None) -> Mapping[str, Any]:
        """Release the character after everything is in Postgres."""
        version = await self._portal.call_trio(self._orchestrator.logout, char_id, epoch)
        return {"char_id": char_id, "version": version, "durability": "postgres"}

    def view(self, char_id: int) -> Awaitable[Mapping[str, Any]]:
        """The character as a client sees it."""
        return self._portal.call_trio(self._orchestrator.view, char_id)

    def content(self) -> Index:
        """What there is to play with."""
        return self._content()

    def reload_content(self) -> Awaitable[Mapping[str, int]]:
        """Read the content again."""
        return self._portal.call_trio(self._reload_content)

    def missing(self) -> Sequence[str]:
        """What keeps the server from answering."""
        return self._missing()

    def metrics(self) -> bytes:
        """All metrics, as text."""
        return self._metrics.render()

    def commands(self) -> Mapping[str, type]:
        """Message type to command class."""
        return self._commands
