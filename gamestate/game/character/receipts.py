"""The last message ids a character applied, with their replies: what makes a retry safe.

The records (see `stored/receipts.py`) are kept as bytes, in the order they were applied, because
almost none is read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from attrs import frozen

from gamestate.errors import MessageIdReusedError
from gamestate.game.stored.receipts import join_receipts


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
    """The records of one character, within `bounds`. `now_s`: Unix time in seconds."""

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
