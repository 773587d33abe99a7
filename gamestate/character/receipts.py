"""The last message ids a character applied, with their replies: what makes a retry safe.

A record is JSON: {"id", "body", "version", "reply"}; `body` is the hex digest of type and payload.
The records are kept as bytes, in the order they were applied, because almost none is read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import orjson
from attrs import frozen

from gamestate.errors import MessageIdReusedError

FIELDS: Final = frozenset({"id", "body", "version", "reply"})


@frozen
class Applied:
    """What a message did when it was applied."""

    version: int
    reply: dict[str, Any]


class Receipts:
    """At most `kept` records, the oldest go first."""

    __slots__ = ("_kept", "_records")

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._records: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._records)

    def find(self, message_id: str, body: bytes) -> Applied | None:
        """What this message did before, if it was applied.

        Raises: MessageIdReusedError: the id was used with another body.
        """
        record = self._records.get(message_id)
        if record is None:
            return None
        fields = orjson.loads(record)
        if fields["body"] != body.hex():
            raise MessageIdReusedError(message_id)
        return Applied(fields["version"], fields["reply"])

    def add(self, message_id: str, record: bytes) -> None:
        """Keep a record."""
        self._records[message_id] = record
        if len(self._records) > self._kept:
            del self._records[next(iter(self._records))]

    def load(self, records: Iterable[bytes]) -> None:
        """Keep what a store had (see `checked`), oldest first."""
        for record in records:
            self.add(orjson.loads(record)["id"], record)

    def all(self) -> tuple[bytes, ...]:
        """Every record, oldest first."""
        return tuple(self._records.values())

    def as_json(self) -> bytes:
        """Every record as one JSON list, for Postgres."""
        return b"[" + b",".join(self._records.values()) + b"]"


def encode_receipt(message_id: str, body: bytes, version: int, reply: Any) -> bytes:
    """One record."""
    return orjson.dumps({"id": message_id, "body": body.hex(), "version": version, "reply": reply})


def split_receipts(stored: bytes) -> list[bytes]:
    """The records of a JSON list made by `as_json`. Raises: ValueError: it is none."""
    records = orjson.loads(stored)
    if not isinstance(records, list):
        raise ValueError(f"not a list of receipts: {stored!r}")
    return [orjson.dumps(record) for record in records]


def checked(records: Iterable[bytes]) -> tuple[bytes, ...]:
    """What a store had, as it is. Raises: ValueError: a record is unreadable."""
    as_found = tuple(records)
    for record in as_found:
        fields = orjson.loads(record)
        if not isinstance(fields, dict) or not fields.keys() >= FIELDS:
            raise ValueError(f"unreadable receipt: {record!r}")
    return as_found
