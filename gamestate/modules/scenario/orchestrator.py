"""The life of a scenario's session between memory and the two stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contract.module import Parts, Snapshot
from gamestate.modules.scenario.codec import ScenarioCodec
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from persistence.records import DocumentSection


class ScenarioOrchestrator:
    """Makes sessions of what the stores hold, and what the stores are to hold of sessions.

    A session is as it was left: no node is entered, nothing is said or given again.
    """

    def __init__(self, codec: ScenarioCodec) -> None:
        self._codec = codec

    def load_session(self, snapshot: Snapshot) -> ScenarioSessionDTO | None:
        """From Postgres; None if nothing is stored. Raises ValueError if it is unreadable."""
        document = snapshot.document
        return None if document is None else self._codec.decode_document(document.data)

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> ScenarioSessionDTO:
        """From Redis. Raises ValueError if what is stored is unreadable."""
        return self._codec.decode(fields, schema)

    def save_session(self, session: ScenarioSessionDTO, touched: Collection[str] | None) -> Parts:
        """To Redis: what was touched, or all if `touched` is None."""
        return self._codec.encode(session, touched)

    def backup_session(
        self, session_id: str, session: ScenarioSessionDTO | None
    ) -> DocumentSection:
        """To Postgres: the whole document; one that is over becomes history."""
        if session is None:
            return DocumentSection(None)
        document = self._codec.encode_document(session)
        return DocumentSection(session_id, document, live=not session.over)
