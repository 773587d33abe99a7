"""The connection of one character to the server, which survives outages."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import field, frozen

from gamestate.client import Client, RequestRefusedError, ServerUnreachableError

RETRIED_STATUSES: Final = frozenset({429, 503, 504})
"""Statuses after which the same request may succeed."""

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 2.0
PATIENCE_S: Final = 120.0


class LostTouchError(Exception):
    """The server did not answer within the patience of the link. The outcome of the message is
    unknown; `Link.again` sends it again."""


@frozen
class Message:
    """One message, with the id under which it is applied at most once."""

    type: str
    payload: Mapping[str, Any]
    message_id: str = field(factory=lambda: uuid.uuid4().hex)


class Link:
    """Sends requests for one character, and sends them again, with the same message id, until the
    server answers.

    `say`: gets a line when the server does not answer, and when it does again. `pause`: called with
    seconds before each new attempt.

    Raises (every request): RequestRefusedError: the server refused it. LostTouchError.
    """

    def __init__(
        self,
        client: Client,
        char_id: int,
        say: Callable[[str], None],
        pause: Callable[[float], None] = time.sleep,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._client = client
        self._path = f"/v1/characters/{char_id}"
        self._char_id = char_id
        self._say = say
        self._pause = pause
        self._patience_s = patience_s
        self._unanswered: Message | None = None

    def log_in(self) -> Any:
        """Log the character in; the view of it.

        Raises: ServerUnreachableError: there is no server. RequestRefusedError.
        """
        return self._client.post(f"{self._path}/login")["character"]

    def log_out(self) -> None:
        """Log the character out."""
        self._asked(lambda: self._client.post(f"{self._path}/logout"))

    def character(self) -> Any:
        """The character as it is."""
        return self._asked(lambda: self._client.get(self._path))

    def content(self) -> Any:
        """The server's content."""
        return self._asked(lambda: self._client.get("/v1/content"))

    def inventory(self) -> Any:
        """Its inventory as it is."""
        return self._asked(lambda: self._client.get(f"{self._path}/inventory"))

    def send(self, type_: str, **payload: Any) -> Any:
        """Send a message that changes something; the reply to it."""
        return self._sent(Message(type_, payload))

    def see(self, type_: str, **payload: Any) -> Any:
        """Send a message that changes nothing; the reply to it. It does not replace the message
        that `again` sends."""
        message = Message(type_, payload)
        return self._asked(lambda: self._once(message))["reply"]

    @property
    def unanswered(self) -> bool:
        """Whether there is a message that was never answered."""
        return self._unanswered is not None

    def again(self) -> tuple[str, Any] | None:
        """Send the message again that was never answered; its type and the reply, or None if there
        is none."""
        message = self._unanswered
        return None if message is None else (message.type, self._sent(message))

    def _sent(self, message: Message) -> Any:
        self._unanswered = message
        try:
            result = self._asked(lambda: self._once(message))
        except RequestRefusedError:
            self._unanswered = None
            raise
        self._unanswered = None
        return result["reply"]

    def _once(self, message: Message) -> Any:
        return self._client.message(
            self._char_id, message.type, message.message_id, **message.payload
        )

    def _asked(self, ask: Callable[[], Any]) -> Any:
        waiting = _Waiting(self._say, self._pause, self._patience_s)
        while True:
            try:
                answer = self._logged_in(ask)
            except ServerUnreachableError as error:
                waiting.more(error)
            except RequestRefusedError as error:
                if error.status not in RETRIED_STATUSES:
                    raise
                waiting.more(error, error.retry_after_s or 0.0)
            else:
                waiting.end()
                return answer

    def _logged_in(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except RequestRefusedError as error:
            if error.code != "not_logged_in":
                raise
        self.log_in()
        return ask()


class _Waiting:
    """Pauses before the attempts at one request: each is longer, up to a limit of their sum."""

    def __init__(
        self, say: Callable[[str], None], pause: Callable[[float], None], patience_s: float
    ) -> None:
        self._say = say
        self._pause = pause
        self._patience_s = patience_s
        self._next_s = FIRST_PAUSE_S
        self._waited_s = 0.0

    def more(self, error: Exception, wanted_s: float = 0.0) -> None:
        """Wait before the next attempt. Raises: LostTouchError: the patience is used up."""
        if self._waited_s >= self._patience_s:
            raise LostTouchError(str(error)) from error
        if not self._waited_s:
            self._say(f"Waiting for the server ({error}). Ctrl-C stops waiting.")
        pause_s = max(self._next_s, min(wanted_s, LONGEST_PAUSE_S))
        self._pause(pause_s)
        self._waited_s += pause_s
        self._next_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def end(self) -> None:
        """The server answered."""
        if self._waited_s:
            self._say("The server is back.")
