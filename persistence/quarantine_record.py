"""A character as both stores have it, as one JSON record for the quarantine: readable for an
operator, and complete, so that it can be restored.

A UTF-8 value is written as text, any other as `{"base64": …}`. Epoch and owner are left out: every
activation changes them, and the same record must stay one entry."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any, Final

import orjson
from attrs import asdict

from persistence.errors import BadRecordError
from persistence.records import LOGGED_OUT, CharacterRow, CharId, HotSession, HotState

NOT_STORED: Final = ("epoch", "owner")


def quarantine_record(
    hot: HotState | None, row: CharacterRow | None, sessions: Mapping[str, bytes] | None = None
) -> bytes:
    """The record. `hot`, `row`: None if the store has nothing, or was not read. `sessions`: by
    module, the JSON bytes in Postgres."""
    found: dict[str, Any] = {}
    if hot is not None:
        found["redis"] = _of_hot(hot)
    if row is not None:
        columns = {name: it for name, it in asdict(row).items() if name not in NOT_STORED}
        found["postgres"] = {name: _shown(value) for name, value in columns.items()}
    if sessions:
        found["sessions"] = {name: orjson.Fragment(each) for name, each in sessions.items()}
    return orjson.dumps(found, option=orjson.OPT_NON_STR_KEYS, default=repr)


def hot_state_of(char_id: CharId, record: bytes) -> HotState:
    """The state in Redis, from a record. Raises: BadRecordError: it has none of this character."""
    try:
        found = orjson.loads(record)["redis"]
        return HotState(
            char_id={char_id: char_id}[found["char_id"]],
            epoch=0,
            version=found["version"],
            owner=LOGGED_OUT,
            core={name: _bytes(value) for name, value in found["core"].items()},
            sessions={name: _session(each) for name, each in found["sessions"].items()},
            receipts=[_bytes(receipt) for receipt in found["receipts"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRecordError(char_id, f"no copy of what Redis had: {error!r}", record) from error


def _of_hot(hot: HotState) -> dict[str, Any]:
    return {
        "char_id": hot.char_id,
        "version": hot.version,
        "core": {name: _shown(value) for name, value in hot.core.items()},
        "sessions": {
            name: {"session_id": each.session_id, "fields": _fields(each.fields)}
            for name, each in hot.sessions.items()
        },
        "receipts": [_shown(receipt) for receipt in hot.receipts],
    }


def _fields(fields: Mapping[bytes, bytes] | None) -> list[list[Any]] | None:
    if fields is None:
        return None
    return [[_shown(name), _shown(value)] for name, value in fields.items()]


def _session(found: Mapping[str, Any]) -> HotSession:
    fields = found["fields"]
    pairs = fields and {_bytes(name): _bytes(value) for name, value in fields}
    return HotSession(found["session_id"], pairs or None)


def _shown(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _bytes(shown: Any) -> bytes:
    if isinstance(shown, dict):
        return b64decode(shown["base64"], validate=True)
    text: str = shown
    return text.encode()
