"""The life of a fight's session between memory and the two stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contract.module import Parts, Snapshot
from gamestate.modules.combat.codec import CombatCodec
from gamestate.modules.combat.dto import CombatSessionDTO, PastFight
from gamestate.modules.combat.snapshot import document, from_document, to_section
from persistence.records import DocumentSection


class CombatOrchestrator:
    """Makes sessions of what the stores hold, and what the stores are to hold of sessions."""

    def __init__(self, codec: CombatCodec) -> None:
        self._codec = codec

    def load_session(self, snapshot: Snapshot) -> CombatSessionDTO | None:
        """From Postgres; None if no fight is stored. Raises ValueError if it is unreadable."""
        stored = snapshot.document
        return None if stored is None else from_document(stored.data, self._codec)

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> CombatSessionDTO:
        """From Redis. Raises ValueError if what is stored is unreadable."""
        return self._codec.decode(fields, schema)

    def save_session(self, session: CombatSessionDTO, touched: Collection[str] | None) -> Parts:
        """To Redis: what was touched, or all if `touched` is None."""
        return self._codec.encode(session, touched)

    def backup_session(
        self, session_id: str, session: CombatSessionDTO | None, touched: Collection[str] | None
    ) -> DocumentSection:
        """To Postgres: the document, and what the log got since the last backup (all of it if
        `touched` is None). None: there is no fight any more."""
        if session is None:
            return DocumentSection(None)
        return to_section(session_id, session, touched, self._codec)

    def past(self, session_id: str, session: CombatSessionDTO) -> tuple[PastFight, ...]:
        """A finished fight, and those before it, for the session that takes its place to keep until
        Postgres has them."""
        return (*session.past, PastFight(session_id, document(session, self._codec)))
