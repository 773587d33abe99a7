"""Combat as a session module: its parts, and its sessions between memory and the stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from gamestate.contract.effects import COMBAT, INVENTORY, SCENARIO
from gamestate.contract.module import Parts, SessionModule, Snapshot
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import EXPLORATION
from gamestate.modules.combat.codec import SCHEMA, CombatCodec
from gamestate.modules.combat.dto import CombatSessionDTO
from gamestate.modules.combat.engine import CombatEngine
from gamestate.modules.combat.extensions import policy_named, rules_named
from gamestate.modules.combat.formatter import CombatFormatter
from gamestate.modules.combat.gateway import CombatGateway
from gamestate.modules.combat.settings import CombatSettings
from gamestate.modules.combat.snapshot import from_document, to_section
from persistence.records import DocumentSection


class CombatOrchestrator(SessionModule):
    """The combat module for the monsters of a catalogue.

    Raises: ConfigurationError: a setting is unknown or its value is not allowed.
    """

    name = COMBAT
    schema = SCHEMA
    table = "combat_sessions"
    next_states = (EXPLORATION, INVENTORY, SCENARIO)

    def __init__(self, given: ModuleSettings) -> None:
        chosen = CombatSettings.of(given.settings)
        rules, policy = rules_named(chosen.rules), policy_named(chosen.policy)
        if chosen.proficiency is not None:
            rules = evolve(rules, proficiency=chosen.proficiency)
        self._rules = rules
        self._codec = CombatCodec(rules.conditions)
        engine = CombatEngine(rules, policy, chosen)
        formatter = CombatFormatter(rules, chosen.log_kept, chosen.log_shown)
        gateway = CombatGateway(engine, formatter, self._codec, rules, given.monsters)
        self.routes, self.effects = gateway.routes(), gateway.effects()

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> CombatSessionDTO:
        """See SessionModule."""
        return self._codec.decode(fields, schema)

    def save_session(self, session: CombatSessionDTO, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._codec.encode(session, touched)

    def load_session(self, snapshot: Snapshot) -> CombatSessionDTO | None:
        """See SessionModule. A stored fight goes on, or ended unseen."""
        stored = snapshot.document
        return None if stored is None else from_document(stored.data, self._codec)

    def backup_session(
        self, session_id: str, session: CombatSessionDTO | None, touched: Collection[str] | None
    ) -> DocumentSection:
        """See SessionModule. The document, and what the log got since the last backup."""
        if session is None:
            return DocumentSection(None)
        return to_section(session_id, session, touched, self._codec)

    def keeps(self, session: CombatSessionDTO) -> bool:
        """See SessionModule. While there is something to look at."""
        return session.shown

    def shown(self, session: CombatSessionDTO) -> bool:
        """See SessionModule. Until the fight is over."""
        return not session.over

    def wakes_at(self, session: CombatSessionDTO) -> float | None:
        """See SessionModule. When the time for the character's turn is up."""
        return session.deadline_s

    def worth(self, challenge_rating: float) -> int:
        """See SessionModule. As the rules say."""
        return self._rules.worth(challenge_rating)
