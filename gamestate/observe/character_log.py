"""What an operator reads of characters, as structured log lines."""

from __future__ import annotations

from gamestate.game.observer import GameObserver
from gamestate.observe.log import Logger


class CharacterEvents(GameObserver):
    """Sessions that nobody has any more, and characters that change hands."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def session_gone(self, char_id: int, module: str, state: str) -> None:
        self._log.error(
            "a session is in no store; the character goes on without it",
            char_id=char_id,
            module=module,
            state=state,
        )

    def handed_over(self, char_id: int, server: str, outcome: str, why: str) -> None:
        facts = {"char_id": char_id, "server": server}
        if outcome == "handed_over":
            self._log.info("a character was handed over for a login here", **facts)
        elif outcome == "released":
            self._log.info("a character was handed over to another server", **facts)
        elif outcome == "fenced":
            self._log.warning(
                "a character was not handed over in time: whoever plays it there is fenced", **facts
            )
        else:
            self._log.warning(
                "a character could not be handed over: another server will fence this one",
                reason=why,
                **facts,
            )

    def unreadable_note(self, reason: str) -> None:
        self._log.warning(
            "a note of another server cannot be read: is it of another version?", reason=reason
        )
