"""Characters that others ask for: saved, released to whoever asked, and gone from here.

    another server ─► asked ─► HandOver ─► (turns before it) ─► save ─► release ─► released

The asker's id is written as the owner with the release, in both stores. Were the character
nobody's until it is claimed, the next message to this server would wake it here again."""

from __future__ import annotations

from typing import Final

import trio

from actors.errors import ActorError
from actors.system import ActorSystem
from gamestate.errors import GameStateError
from gamestate.game.character.orders import HandOver
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.channel import Messenger
from gamestate.game.ownership.messages import Note, NoteKind
from gamestate.game.ownership.restore import Restorer
from persistence.errors import PersistenceError

AT_ONCE: Final = 500
"""How many characters are handed over together: two transactions of backups."""


class Handovers:
    """What this server gives away. `timeout_s`: after that nobody waits for it any more."""

    def __init__(
        self,
        system: ActorSystem,
        restorer: Restorer,
        messenger: Messenger,
        observer: GameObserver,
        timeout_s: float,
    ) -> None:
        self._system = system
        self._restorer = restorer
        self._messenger = messenger
        self._observer = observer
        self._timeout_s = timeout_s
        self._limiter = trio.CapacityLimiter(AT_ONCE)

    async def give(self, asked: Note) -> None:
        """Hand a character over, and say so to the server that asked."""
        kind: NoteKind | None = "kept"
        with trio.move_on_after(self._timeout_s) as scope:
            async with self._limiter:
                kind = await self._outcome(asked)
        if scope.cancelled_caught:
            self._failed(asked, f"it was not saved within {self._timeout_s:g} s")
        if kind is not None:
            await self._messenger.tell(Note(asked.server, kind, asked.char_id, asked.epoch))

    async def _outcome(self, asked: Note) -> NoteKind | None:
        """What came of it; None: nobody waits for that."""
        char_id = asked.char_id
        if self._system.registry.get(char_id) is None:
            return "released"  # nobody plays it here: all there is of it is in the stores
        try:
            stored = await self._restorer.hot_ownership(char_id)
            if stored is not None and stored.epoch > asked.epoch:
                return None  # this server slept for so long that it was fenced meanwhile
            await self._system.ref(char_id).ask(HandOver(asked.server, asked.epoch))
        except (GameStateError, PersistenceError, ActorError) as error:
            self._failed(asked, str(error))
            return "kept"
        self._observer.handed_over(asked.char_id, asked.server, "released", "")
        return "released"

    def _failed(self, asked: Note, why: str) -> None:
        self._observer.handed_over(asked.char_id, asked.server, "failed", why)
