"""A session as a document in Postgres, and its log as records that never change.

The document has every part the session has in Redis under `parts`, with the latest entries of the
log, so that a restore from it shows what was shown before.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import orjson

from gamestate.modules.combat.codec import SCHEMA, CombatCodec
from gamestate.modules.combat.dto import CombatSessionDTO, PastFight
from gamestate.modules.combat.parts import (
    LOG_PREFIX,
    PAST_PREFIX,
    all_parts,
    numbered,
)
from persistence.records import DocumentSection


def document(session: CombatSessionDTO, codec: CombatCodec) -> bytes:
    """The whole session but for `past`, whose fights have documents of their own."""
    parts = [part for part in all_parts(session) if not part.startswith(PAST_PREFIX)]
    put = codec.encode(session, parts).put
    fragments = {part: orjson.Fragment(raw) for part, raw in put.items()}
    return orjson.dumps({"schema": SCHEMA, "parts": fragments})


def from_document(data: bytes, codec: CombatCodec) -> CombatSessionDTO:
    """The inverse of `document`. Raises ValueError."""
    stored: Any = orjson.loads(data)
    if not isinstance(stored, dict) or set(stored) != {"schema", "parts"}:
        raise ValueError(f"not a fight: {data[:200]!r}")
    parts = stored["parts"]
    if not isinstance(parts, dict):
        raise ValueError(f"not the parts of a fight: {data[:200]!r}")
    return codec.decode({part: orjson.dumps(it) for part, it in parts.items()}, stored["schema"])


def to_section(
    session_id: str,
    session: CombatSessionDTO,
    touched: Collection[str] | None,
    codec: CombatCodec,
) -> DocumentSection:
    """The document, the entries of the log among the touched parts (all if it is None), and the
    fights before that Postgres lacks."""
    numbers = (
        range(session.log_from, session.log_next)
        if touched is None
        else sorted(one for part in touched if (one := numbered(part, LOG_PREFIX)) is not None)
    )
    first = session.log_from
    return DocumentSection(
        session_id,
        document(session, codec),
        live=session.shown,
        appended=tuple((n, orjson.dumps(session.log[n - first])) for n in numbers if n >= first),
        earlier=tuple(map(_history, session.past)),
    )


def past_fights(
    session_id: str, session: CombatSessionDTO, codec: CombatCodec
) -> tuple[PastFight, ...]:
    """A finished fight and those before it: the session that takes its place keeps them until
    Postgres has them."""
    return (*session.past, PastFight(session_id, document(session, codec)))


def _history(fight: PastFight) -> DocumentSection:
    """A finished fight with its log."""
    parts = orjson.loads(fight.document)["parts"]
    log = {numbered(part, LOG_PREFIX): orjson.dumps(entry) for part, entry in parts.items()}
    appended = sorted((n, entry) for n, entry in log.items() if n is not None)
    return DocumentSection(fight.session_id, fight.document, live=False, appended=tuple(appended))
