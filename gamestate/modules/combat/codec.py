"""A session as the fields of its Redis hash: JSON, one field a monster, a kind, a log entry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson

from gamestate.contract.module import Parts
from gamestate.modules.combat.assembly import assemble
from gamestate.modules.combat.dto import CombatSessionDTO, LogEntry, Nature, PastFight
from gamestate.modules.combat.parts import (
    FIGHT,
    KIND_PREFIX,
    LOG_PREFIX,
    MONSTER_PREFIX,
    PAST_PREFIX,
    all_parts,
    numbered,
)
from gamestate.modules.combat.stored import StoredFight, StoredMonster
from gamestate.structure import from_json, to_json

SCHEMA: Final = 1


class CombatCodec:
    """Sessions to JSON and back. `conditions`: the names that exist."""

    def __init__(self, conditions: Collection[str]) -> None:
        self._conditions = conditions

    def encode(self, session: CombatSessionDTO, touched: Collection[str] | None) -> Parts:
        """The parts named in `touched`, all if it is None; those that went are in `drop`.

        Raises: ValueError: a fight has no such part.
        """
        put: dict[str, bytes] = {}
        drop: list[str] = []
        for part in all_parts(session) if touched is None else touched:
            encoded = self._part(session, part)
            if encoded is None:
                drop.append(part)
            else:
                put[part] = encoded
        return Parts(put, drop)

    def decode(self, fields: Mapping[str, bytes], schema: int) -> CombatSessionDTO:
        """The session of these fields, which must be all of them.

        Raises:
            ValueError: another schema, a field that is missing, unknown or malformed, or fields
                that contradict each other.
        """
        if schema != SCHEMA:
            raise ValueError(f"combat schema {schema} is not {SCHEMA}")
        left = dict(fields)
        fight = from_json(orjson.loads(left.pop(FIGHT, b"null")), StoredFight, FIGHT)
        kinds: dict[str, Nature] = {}
        monsters: dict[int, StoredMonster] = {}
        log: dict[int, LogEntry] = {}
        past: list[PastFight] = []
        for part, raw in left.items():
            if (number := numbered(part, MONSTER_PREFIX)) is not None:
                monsters[number] = from_json(orjson.loads(raw), StoredMonster, part)
            elif (number := numbered(part, LOG_PREFIX)) is not None:
                log[number] = _entry(part, raw)
            elif part.startswith(KIND_PREFIX):
                kind = part.removeprefix(KIND_PREFIX)
                kinds[kind] = from_json(orjson.loads(raw), Nature, part)
            elif part.startswith(PAST_PREFIX):
                past.append(_past(part, raw))
            else:
                raise ValueError(f"a fight has no part {part!r}")
        return assemble(fight, kinds, monsters, log, tuple(past), self._conditions)

    def _part(self, session: CombatSessionDTO, part: str) -> bytes | None:
        """The part as it is now; None if it went."""
        if part == FIGHT:
            return _json(StoredFight.of(session))
        if (number := numbered(part, MONSTER_PREFIX)) is not None:
            return _json(StoredMonster.of(session.monsters[number - 1]))
        if (number := numbered(part, LOG_PREFIX)) is not None:
            at = number - session.log_from
            return orjson.dumps(session.log[at]) if at >= 0 else None
        if part.startswith(KIND_PREFIX):
            kind = part.removeprefix(KIND_PREFIX)
            natures = (one.nature for one in session.monsters)
            return _json(next(one for one in natures if one.template_id == kind))
        if part.startswith(PAST_PREFIX):
            session_id = part.removeprefix(PAST_PREFIX)
            fights = (one.document for one in session.past if one.session_id == session_id)
            return next(fights, None)
        raise ValueError(f"a fight has no part {part!r}")


def _json(stored: object) -> bytes:
    return orjson.dumps(to_json(stored))


def _entry(part: str, raw: bytes) -> LogEntry:
    entry = orjson.loads(raw)
    if not isinstance(entry, dict):
        raise ValueError(f"{part} is not an entry of a log: {raw!r}")
    return entry


def _past(part: str, raw: bytes) -> PastFight:
    document: Any = orjson.loads(raw)
    if not isinstance(document, dict) or not isinstance(document.get("parts"), dict):
        raise ValueError(f"{part} is not a finished fight: {raw!r}")
    return PastFight(part.removeprefix(PAST_PREFIX), raw)
