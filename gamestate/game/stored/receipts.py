"""Receipts as both stores have them: the record of a message id that was applied.

A record is JSON: {"id", "body", "version", "at", "reply"}; `body` is the hex digest of type and
payload, `at` when it was applied, Unix time in seconds. Postgres has the records of a character as
one JSON list, Redis each on its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

NO_RECEIPTS: Final = b"[]"
"""The list of a character without receipts, as Postgres has it."""

FIELDS: Final = frozenset({"id", "body", "version", "reply"})


def encode_receipt(message_id: str, body: bytes, version: int, at_s: float, reply: Any) -> bytes:
    """One record."""
    return orjson.dumps(
        {"id": message_id, "body": body.hex(), "version": version, "at": at_s, "reply": reply}
    )


def join_receipts(records: Iterable[bytes]) -> bytes:
    """Records as one JSON list."""
    return b"[" + b",".join(records) + b"]"


def split_receipts(stored: bytes) -> list[bytes]:
    """The records of a list made by `join_receipts`. Raises: ValueError: it is no list."""
    records = orjson.loads(stored)
    if not isinstance(records, list):
        raise ValueError(f"not a list of receipts: {stored!r}")
    return [orjson.dumps(record) for record in records]


def checked(records: Iterable[bytes]) -> tuple[bytes, ...]:
    """The records, unchanged. Raises: ValueError: one is unreadable."""
    found = tuple(records)
    for record in found:
        fields = orjson.loads(record)
        if not (isinstance(fields, dict) and fields.keys() >= FIELDS and _is_time(fields)):
            raise ValueError(f"unreadable receipt: {record!r}")
    return found


def _is_time(fields: Mapping[str, Any]) -> bool:
    return type(fields.get("at", 0)) in (int, float)
