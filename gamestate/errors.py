"""Every error of the game state server, named by what the caller does next.

GameStateError
├── MalformedError                  fix the request (400)
│   ├── InvalidPayloadError             a field is wrong; `field` is its path
│   ├── UnknownMessageTypeError         `known` lists the types there are
│   └── UnknownTemplateError            beside the item gateway
├── UnknownCharacterError           fix the request (404)
├── RefusedError                    a rule said no; the state is unchanged; show it (409)
│   ├── NotLoggedInError                log the character in first
│   ├── MessageIdReusedError            the id was used with another body
│   ├── SupersededError                 a later activation plays the character
│   ├── InCombatError                   end the fight first
│   ├── DeadError                       be brought back to life first
│   └── …                               one subclass per rule, beside the rule
├── OwnedElsewhereError             another server plays this character; retry, rerouted (503)
├── NotYetInPostgresError           done, in Redis alone; ask again to wait again (503)
├── QuarantinedError                a stored record cannot be read; an operator must look (423)
├── ShuttingDownError               the server drains; retry elsewhere or later (503)
└── ConfigurationError, ContentError    the operator's mistake, said at start

Delivery errors are in `actors.errors`, store errors in `persistence.errors`; `api/problems.py` has
the one table that turns all of them into HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import get_annotations
from typing import Any, ClassVar, dataclass_transform

from attrs import define


class GameStateError(Exception):
    """Base of the server's own errors. `code` is stable and machine-readable."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


class MalformedError(GameStateError):
    """The request itself is wrong; nothing was done."""

    code = "malformed"


class InvalidPayloadError(MalformedError):
    """A field of the payload is missing, unknown or of the wrong shape."""

    code = "invalid_payload"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field)


class UnknownMessageTypeError(MalformedError):
    """No module has a command of this name."""

    code = "unknown_message_type"

    def __init__(self, type_: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown message type {type_!r}", known=list(known))


class UnknownCharacterError(GameStateError):
    """There is no such character."""

    code = "unknown_character"

    def __init__(self, char_id: int) -> None:
        super().__init__(f"there is no character {char_id}", char_id=char_id)


@dataclass_transform(eq_default=False)
class RefusedError(GameStateError):
    """A rule of the game refused the message. The state, its version and the stores did not change.

    One subclass per rule: its `code`, the facts a client needs to explain it, and its `text`, which
    may name the facts. The facts are the parameters of the constructor:

        class BagFullError(RefusedError):
            code = "bag_full"
            text = "the backpack needs {needed} free slots and has {free}"
            needed: int
            free: int

    A subclass that declares no facts may get another text, and facts, where it is raised:
    `NoSuchCopyError("there is no record 7")`.
    """

    code = "refused"
    text: ClassVar[str] = ""
    fact_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, detail: str | None = None, **facts: Any) -> None:
        super().__init__(self.text if detail is None else detail, **facts)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if facts := get_annotations(cls):
            define(cls, slots=False, eq=False, auto_exc=False)
            cls.fact_names = (*cls.fact_names, *facts)

    def __attrs_post_init__(self) -> None:
        facts = dict(vars(self))
        GameStateError.__init__(self, self.text.format_map(_words(facts)), **facts)


def _words(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The facts as a text shows them: a list as its entries."""
    return {
        name: ", ".join(map(str, fact)) if isinstance(fact, (list, tuple)) else fact
        for name, fact in facts.items()
    }


class NotLoggedInError(RefusedError):
    """Refused: the character is not logged in."""

    code = "not_logged_in"
    text = "character {char_id} is not logged in: POST /v1/characters/{char_id}/login first"
    char_id: int


class MessageIdReusedError(RefusedError):
    """Refused: a message with this id and another body was applied before."""

    code = "message_id_reused"
    text = "message_id {message_id!r} was used with another body; use a new id per message"
    message_id: str


class SupersededError(RefusedError):
    """Refused: the login that the message names is over; the character has a newer epoch."""

    code = "superseded"
    text = (
        "the message names epoch {epoch}, and the character is played under epoch {current}: "
        "log in again, or leave the character to the later login"
    )
    epoch: int
    current: int


class InCombatError(RefusedError):
    """Refused: the character is in a fight."""

    code = "in_combat"
    text = "this can't be done in a fight"


class DeadError(RefusedError):
    """Refused: the character has no hit points."""

    code = "dead"
    text = "the dead can't do this; they need hit points first"


class OwnedElsewhereError(GameStateError):
    """Another server owns the character."""

    code = "owned_elsewhere"

    def __init__(self, char_id: int, owner: str) -> None:
        super().__init__(f"character {char_id} is played on server {owner}", owner=owner)


class NotYetInPostgresError(GameStateError):
    """Postgres was to be waited for and does not have the character's version yet; Redis does."""

    code = "not_yet_in_postgres"

    def __init__(self, version: int, message_id: str | None) -> None:
        again = (
            f"send it with the same message_id {message_id!r} to wait again, it is not applied "
            "again"
            if message_id is not None
            else "do not send it again: without a message_id of yours it would be applied again"
        )
        super().__init__(
            f"the message was applied, version {version} is in Redis and will go to Postgres, "
            f"which does not have it yet; {again}",
            version=version,
            message_id=message_id,
        )


class QuarantinedError(GameStateError):
    """A stored record of this character cannot be read; it is kept and nothing is written over
    it."""

    code = "character_quarantined"

    def __init__(self, char_id: int, reason: str) -> None:
        super().__init__(f"character {char_id} is quarantined: {reason}", reason=reason)


class UnreadableSessionError(QuarantinedError):
    """What Postgres has of one session cannot be read. `record`: the bytes as they were found."""

    def __init__(self, char_id: int, reason: str, record: bytes) -> None:
        super().__init__(char_id, reason)
        self.reason = reason
        self.record = record


class ShuttingDownError(GameStateError):
    """The server is draining and takes no new messages."""

    code = "shutting_down"

    def __init__(self) -> None:
        super().__init__("the server is shutting down; retry in a few seconds")


class ConfigurationError(GameStateError):
    """The operator's configuration is wrong; the text says which setting and what to do."""

    code = "configuration"


class ContentError(GameStateError):
    """A catalogue file is wrong; the text names file, entry and problem. At start, and when the
    content is read again."""

    code = "content"
