"""What an operator reads of characters, as structured log lines."""

from __future__ import annotations

from gamestate.log import Logger
from gamestate.observer import GameObserver


class CharacterEvents(GameObserver):
    """Sessions that nobody has any more."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def session_gone(self, char_id: int, module: str, state: str) -> None:
        self._log.error(
            "a session is in no store; the character goes on without it",
            char_id=char_id,
            module=module,
            state=state,
        )
