"""The last message ids a character applied, with their replies: what makes a retry safe.

A record is JSON: {"id", "body", "version", "at", "reply"}; `body` is the hex digest of type and
payload, `at` says when it was applied, seconds since 1970. The records are kept as bytes, in the
order they were applied, because almost none is read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson
from attrs import frozen

from gamestate.errors import MessageIdReusedError

NO_RECEIPTS: Final = b"[]"
"""Of a character that applied none, as Postgres has it."""

FIELDS: Final = frozenset({"id", "body", "version", "reply"})


@frozen
class Applied:
    """What a message did when it was applied."""

    version: int
    reply: dict[str, Any]


@frozen
class Bounds:
    """What is forgotten: all but the last `kept` records, and those older than `kept_s` seconds."""

    kept: int
    kept_s: float


class Receipts:
    """The records of one character, within `bounds`. `now_s`: seconds since 1970."""

    __slots__ = ("_bounds", "_records")

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._records: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._records)

    def find(self, message_id: str, body: bytes, now_s: float) -> Applied | None:
        """What this message did before, if it was applied.

        Raises: MessageIdReusedError: the id was used with another body.
        """
        record = self._records.get(message_id)
        if record is None:
            return None
        fields = orjson.loads(record)
        if self._is_old(fields, now_s):
            return None
        if fields["body"] != body.hex():
            raise MessageIdReusedError(message_id)
        return Applied(fields["version"], fields["reply"])

    def add(self, message_id: str, record: bytes) -> None:
        """Keep a record."""
        self._records.pop(message_id, None)  # one that was too old to be found
        self._records[message_id] = record
        if len(self._records) > self._bounds.kept:
            del self._records[next(iter(self._records))]

    def load(self, records: Iterable[bytes], now_s: float) -> None:
        """Keep what a store had (see `checked`), oldest first."""
        for record in records:
            fields = orjson.loads(record)
            if not self._is_old(fields, now_s):
                self.add(fields["id"], record)

    def all(self, now_s: float) -> tuple[bytes, ...]:
        """Every record, oldest first."""
        self._forget_old(now_s)
        return tuple(self._records.values())

    def as_json(self, now_s: float) -> bytes:
        """Every record as one JSON list, for Postgres."""
        return join_receipts(self.all(now_s))

    def _forget_old(self, now_s: float) -> None:
        """Only the oldest is read, unless it goes."""
        while self._records:
            oldest = next(iter(self._records))
            if not self._is_old(orjson.loads(self._records[oldest]), now_s):
                return
            del self._records[oldest]

    def _is_old(self, fields: Mapping[str, Any], now_s: float) -> bool:
        """A record of an earlier server does not say when it was applied: its number bounds it."""
        at_s: float = fields.get("at", now_s)
        return at_s < now_s - self._bounds.kept_s


def encode_receipt(message_id: str, body: bytes, version: int, at_s: float, reply: Any) -> bytes:
    """One record."""
    return orjson.dumps(
        {"id": message_id, "body": body.hex(), "version": version, "at": at_s, "reply": reply}
    )


def join_receipts(records: Iterable[bytes]) -> bytes:
    """Records as one JSON list."""
    return b"[" + b",".join(records) + b"]"


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
        if not (isinstance(fields, dict) and fields.keys() >= FIELDS and _is_time(fields)):
            raise ValueError(f"unreadable receipt: {record!r}")
    return as_found


def _is_time(fields: Mapping[str, Any]) -> bool:
    return type(fields.get("at", 0)) in (int, float)
