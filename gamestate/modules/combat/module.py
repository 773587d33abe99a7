"""Combat as a session module: where its parts are put together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from attrs import evolve

from gamestate.content.templates import MonsterTemplate
from gamestate.contract.effects import StartFight
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import LEAVE, WAKE, Effect, EffectRoute, Route
from gamestate.modules.combat import commands
from gamestate.modules.combat.codec import SCHEMA, CombatCodec
from gamestate.modules.combat.engine import CombatEngine
from gamestate.modules.combat.extensions import policy_named, rules_named
from gamestate.modules.combat.formatter import CombatFormatter
from gamestate.modules.combat.gateway import COMBAT, CombatGateway, TakePlace
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from gamestate.modules.combat.settings import CombatSettings
from persistence.records import DocumentSection


def combat(settings: Mapping[str, Any], monsters: Mapping[str, MonsterTemplate]) -> SessionModule:
    """The combat module for the monsters of a catalogue.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    chosen = CombatSettings.of(settings)
    rules, policy = rules_named(chosen.rules), policy_named(chosen.policy)
    if chosen.proficiency is not None:
        rules = evolve(rules, proficiency=chosen.proficiency)
    engine = CombatEngine(rules, policy, chosen)
    orchestrator = CombatOrchestrator(CombatCodec(rules.conditions))
    formatter = CombatFormatter(rules, chosen.log_kept, chosen.log_shown)
    return CombatModule(
        CombatGateway(engine, formatter, orchestrator, rules, monsters), orchestrator, rules.worth
    )


class CombatModule:
    """A SessionModule over the gateway and the orchestrator."""

    name = COMBAT
    schema = SCHEMA
    storage = Storage.DOCUMENT
    derives = False

    def __init__(
        self,
        gateway: CombatGateway,
        orchestrator: CombatOrchestrator,
        worth: Callable[[float], int],
    ) -> None:
        self._orchestrator = orchestrator
        self._worth = worth
        # Whoever fights has its session loaded; who does not must not be made to wait for Postgres.
        self.effects: Mapping[type[Effect], EffectRoute] = {
            StartFight: EffectRoute(gateway.start_fight, needs_session=False),
            TakePlace: EffectRoute(gateway.take_place, needs_session=False),
        }
        self.routes: Mapping[str, Route] = {
            "start": Route(commands.StartCombat, gateway.start, needs_session=False),
            "act": Route(commands.Act, gateway.act, needs_session=False),
            # Who looks may be looking for a fight that ended while it was not in memory.
            "view": Route(commands.ViewCombat, gateway.view),
            "acknowledge": Route(commands.AcknowledgeCombat, gateway.acknowledge),
            "end": Route(commands.EndCombat, gateway.end, needs_session=False),
            LEAVE: Route(commands.Leave, gateway.leave, needs_session=False, internal=True),
            WAKE: Route(commands.Wake, gateway.wake, needs_session=False, internal=True),
        }

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._orchestrator.save_session(session, touched)

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """See SessionModule."""
        return self._orchestrator.restore_session(fields, schema)

    def load_session(self, snapshot: Snapshot) -> Any | None:
        """See SessionModule. None unless a fight is stored that goes on, or ended unseen."""
        return self._orchestrator.load_session(snapshot)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> DocumentSection:
        """See SessionModule."""
        return self._orchestrator.backup_session(session_id, session, touched)

    def worth(self, challenge_rating: float) -> int:
        """See ValuesMonsters."""
        return self._worth(challenge_rating)

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """Nothing follows from a fight."""
        return {}

    def keeps(self, session: Any) -> bool:
        """Whether the session stays when Postgres has it: while there is something to look at."""
        kept: bool = session.shown
        return kept

    def shown(self, session: Any) -> bool:
        """Whether the character's view names the session."""
        return not session.over

    def wakes_at(self, session: Any) -> float | None:
        """When the character's turn expires, seconds since 1970."""
        deadline_s: float | None = session.deadline_s
        return deadline_s
