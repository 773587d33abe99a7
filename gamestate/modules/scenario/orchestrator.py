"""Scenarios as a session module: its parts, and its sessions between memory and the stores.

A session that is read from a store is as it was left: no node is entered and no reward given again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gamestate.contract.effects import COMBAT, SCENARIO
from gamestate.contract.module import Parts, SessionModule, Snapshot
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import EXPLORATION
from gamestate.errors import MalformedError
from gamestate.modules.scenario.codec import SCHEMA, ScenarioCodec
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.engine import ScenarioEngine
from gamestate.modules.scenario.gateway import ScenarioGateway
from persistence.records import DocumentSection


class ScenarioOrchestrator(SessionModule):
    """The scenario module for a catalogue. It has no settings.

    Raises: ConfigurationError: a setting is given.
    """

    name = SCENARIO
    schema = SCHEMA
    table = "scenario_sessions"
    next_states = (EXPLORATION, COMBAT)

    def __init__(self, given: ModuleSettings) -> None:
        super().__init__(given)

        def item_name(template_id: str) -> str:
            try:
                return given.items.template(template_id).name
            except MalformedError:  # an item of an earlier version, no longer in the catalogue
                return template_id

        self._codec = ScenarioCodec()
        gateway = ScenarioGateway(ScenarioEngine(item_name), given.scenarios)
        self.routes, self.effects = gateway.routes(), gateway.effects()

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> ScenarioSessionDTO:
        """See SessionModule."""
        return self._codec.decode(fields, schema)

    def save_session(self, session: ScenarioSessionDTO, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._codec.encode(session, touched)

    def load_session(self, snapshot: Snapshot) -> ScenarioSessionDTO | None:
        """See SessionModule."""
        document = snapshot.document
        return None if document is None else self._codec.decode_document(document.data)

    def backup_session(
        self, session_id: str, session: ScenarioSessionDTO | None, touched: Collection[str] | None
    ) -> DocumentSection:
        """See SessionModule. The whole document; one that is over becomes history."""
        if session is None:
            return DocumentSection(None)
        document = self._codec.encode_document(session)
        return DocumentSection(session_id, document, live=not session.over)

    def keeps(self, session: ScenarioSessionDTO) -> bool:
        """See SessionModule. Until it is over."""
        return not session.over

    def shown(self, session: ScenarioSessionDTO) -> bool:
        """See SessionModule. Until it is over."""
        return not session.over

    def wakes_at(self, session: ScenarioSessionDTO) -> float | None:
        """See SessionModule. When the time of the node is up."""
        return None if session.over else session.deadline_s
