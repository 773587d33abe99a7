"""The requests: what their bodies and queries hold, and how they are read.

Reading is strict; the error names the path of the first thing that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeGuard
from urllib.parse import parse_qsl

from attrs import field, frozen

from gamestate.api.errors import BatchTooLargeError
from gamestate.api.json_body import read_json, read_object
from gamestate.constraints import AtLeast, Entries, Prepared, Text
from gamestate.errors import InvalidPayloadError, MalformedError
from gamestate.game.message_result import Wait
from gamestate.structure import MAX_INT, kind, structure

MAX_NAME: Final = 64
MAX_GENDER: Final = 32
MAX_LOCATION: Final = 128
MAX_STATS: Final = 32
MAX_STAT: Final = 1000
MAX_WORD: Final = 128  # characters of a message's type, and of its id
MAX_DIGITS: Final = 16  # of MAX_INT
MESSAGE_FIELDS: Final = ("type", "payload", "message_id")
ACTION_FIELDS: Final = ("char_id", "action", "message_id", "wait")

Asked = tuple[str, Mapping[str, Any], str | None, Wait | None, int | None]
"""What a message asks: its type, payload and id, what its response waits for, and the epoch it is
for, None for any."""


def _is_word(value: Any) -> TypeGuard[str]:
    return type(value) is str and 0 < len(value) <= MAX_WORD and value.isprintable()


def _printable(value: str) -> None:
    if not _is_word(value):
        raise ValueError(f"must be 1 to {MAX_WORD} printable characters long")


def _stripped(name: Any) -> Any:
    return name.strip() if isinstance(name, str) else name


CharId = Annotated[int, AtLeast(1)]
Epoch = Annotated[int, AtLeast(0)]
MessageType = Annotated[str, Text(MAX_WORD)]
MessageId = Annotated[str, _printable]


@frozen
class CreateCharacter:
    """A character to be created: the body of `POST /v1/characters`.

    `name` loses the spaces around it. `stats` may name the six known ones and others of the game's
    own. None: the server's default.
    """

    name: Annotated[str, Prepared(_stripped), Text(MAX_NAME)]
    gender: Annotated[str, Text(MAX_GENDER)] | None = None
    stats: Annotated[
        Mapping[str, int], Entries("[a-z_]{1,32}", most=MAX_STATS, low=1, high=MAX_STAT)
    ] = field(factory=dict)
    location: Annotated[str, Text(MAX_LOCATION)] | None = None


@frozen(slots=False)  # so that it can be a base beside another
class ForCharacter:
    """A request whose body, not its path, names the character."""

    char_id: CharId = field(kw_only=True)


@frozen
class MessageRequest:
    """The body of `POST /v1/characters/{char_id}/messages`.

    With a `message_id` of its own a message can be sent again after a lost answer: it is applied at
    most once. With an `epoch`, as the login said it, it is refused if the character has another one
    by now. `"wait": "postgres"` answers when Postgres has it, too.
    """

    type: MessageType
    payload: Mapping[str, Any] = field(factory=dict)
    message_id: MessageId | None = None
    wait: Wait | None = None
    epoch: Epoch | None = None


@frozen
class LogoutRequest:
    """The body of `POST /v1/characters/{char_id}/logout`, which may be left out.

    `epoch`: as the login said it. If the character has another one by now, it was activated
    again, and this logout is refused.
    """

    epoch: Epoch | None = None


@frozen
class BatchEntry(MessageRequest, ForCharacter):
    """One message of `POST /v1/messages`."""


@frozen
class InventoryAction(ForCharacter):
    """The body of `POST /v1/inventory/action`.

    The fields of the action itself stand beside these: `{"char_id": 42, "action": "equip",
    "item_id": 7}` is the message `inventory.equip` with the payload `{"item_id": 7}`.
    """

    action: MessageType
    message_id: MessageId | None = None
    wait: Wait | None = None


def decode_char_id(written: str) -> int:
    """The character id in a path: decimal, ASCII, without sign or leading zeros.

    Raises:
        InvalidPayloadError: it is none, or not within 1 … 2**53 - 1.
    """
    if written.isascii() and written.isdecimal() and len(written) <= MAX_DIGITS:
        char_id = int(written)
        if char_id <= MAX_INT and written[0] != "0":
            return char_id
    raise InvalidPayloadError("char_id", f"expected a whole number from 1 to {MAX_INT}")


def decode_message(body: bytes) -> Asked:
    """The body of a message. Raises MalformedError.

    A body that is plainly right is read by hand, at a fifth of the cost; any other is structured,
    which says what is wrong with it.
    """
    fields = read_object(body)
    type_, payload, message_id = map(fields.get, MESSAGE_FIELDS)
    if _is_word(type_) and type(payload) is dict:
        if len(fields) == 2:
            return type_, payload, None, None, None
        if len(fields) == 3 and _is_word(message_id):
            return type_, payload, message_id, None, None
    asked = structure(fields, MessageRequest, path="")
    return asked.type, asked.payload, asked.message_id, asked.wait, asked.epoch


def decode_create(body: bytes) -> CreateCharacter:
    """The body of a creation. Raises MalformedError."""
    return structure(read_object(body), CreateCharacter, path="")


def decode_logout(body: bytes) -> int | None:
    """The epoch a logout is for, if it has one. Everything else in the body is ignored, for clients
    older than this field. Raises MalformedError."""
    value = read_json(body) if body else None
    if not isinstance(value, dict) or "epoch" not in value:
        return None
    return structure({"epoch": value["epoch"]}, LogoutRequest, path="").epoch


def decode_action(body: bytes) -> tuple[InventoryAction, Mapping[str, Any]]:
    """The body of an inventory action, and the payload of its message. Raises MalformedError."""
    payload = read_object(body)
    head = {name: payload.pop(name) for name in ACTION_FIELDS if name in payload}
    return structure(head, InventoryAction, path=""), payload


def decode_batch(body: bytes, max_messages: int) -> list[Any]:
    """The entries of a batch, not yet checked (`decode_entry` does): a bad one spoils no other.

    Raises:
        MalformedError: the body is no JSON list.
        BatchTooLargeError: it has more than `max_messages` entries.
    """
    entries = read_json(body)
    if not isinstance(entries, list):
        raise MalformedError(f"expected a list, got {kind(entries)}", field="body")
    if len(entries) > max_messages:
        raise BatchTooLargeError(max_messages)
    return entries


def decode_entry(entry: Any, index: int) -> BatchEntry:
    """One entry of a batch. Raises InvalidPayloadError."""
    return structure(entry, BatchEntry, path=f"[{index}]")


def decode_wait(query_string: str) -> Wait | None:
    """What the query of a message says to wait for; other parameters are ignored.

    Raises: InvalidPayloadError, MalformedError.
    """
    asked = [written for name, written in _pairs(query_string) if name == "wait"]
    if not asked:
        return None
    if asked != ["postgres"]:
        raise InvalidPayloadError("wait", "expected postgres")
    return "postgres"


_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,15})")  # no more digits than MAX_INT has


def _truth(name: str, written: str) -> bool:
    if written not in ("true", "false"):
        raise InvalidPayloadError(name, "expected true or false")
    return written == "true"


def _number(name: str, written: str) -> int:
    if not _WHOLE.fullmatch(written):
        raise InvalidPayloadError(name, "expected a whole number")
    return int(written)


def _text(name: str, written: str) -> str:
    if "\0" in written:
        raise InvalidPayloadError(name, "must not contain U+0000")
    return written


VIEW_PARAMETERS: Final[Mapping[str, Callable[[str, str], Any]]] = MappingProxyType(
    {
        **dict.fromkeys(("sort", "order", "kind", "rarity", "slot", "q", "group"), _text),
        **dict.fromkeys(("usable", "tooltips"), _truth),
        **dict.fromkeys(("page", "per_page"), _number),
    }
)
"""The parameters of a view's query, the fields of `inventory.view`, and how each is read."""


def decode_view(query_string: str) -> dict[str, Any]:
    """The query of an inventory view as the payload of `inventory.view`; what is not text there is
    written as JSON does. Raises MalformedError."""
    payload: dict[str, Any] = {}
    for name, written in _pairs(query_string):
        if name not in VIEW_PARAMETERS:
            raise InvalidPayloadError(name, f"unknown; known are {', '.join(VIEW_PARAMETERS)}")
        if name in payload:
            raise InvalidPayloadError(name, "is given more than once")
        payload[name] = VIEW_PARAMETERS[name](name, written)
    return payload


def _pairs(query_string: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedError("the query is not percent-encoded UTF-8", field="query") from error
