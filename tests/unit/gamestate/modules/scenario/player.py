"""A character in scenarios, driven through the router as the server does it, on a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from attrs import evolve

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.scenarios.gateway import ScenarioGateway
from gamestate.content.scenarios.templates import Scenario
from gamestate.content.templates import STATS
from gamestate.contract.module import SessionModule, Snapshot
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session, Vital
from gamestate.contract.turn import SnapshotReply
from gamestate.game.character.turn import Turn
from gamestate.game.router import CoreRouter, Message
from gamestate.modules.core.module import CoreModule
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.orchestrator import ScenarioOrchestrator
from persistence.records import StoredDocument
from tests.unit.gamestate.modules.scenario.arena import Arena

SCENARIO = "scenario"
Reply = dict[str, Any]


class Ids:
    """Item ids, counted up from 1,000."""

    def __init__(self) -> None:
        self._next = count(1000)

    def take(self) -> int:
        """The next one."""
        return next(self._next)


class Player:
    """One character. After every turn the stores, kept by deltas alone, must give its session."""

    def __init__(
        self,
        *stories: Scenario,
        items: Catalogue | None = None,
        combat: SessionModule | None = None,
    ) -> None:
        self.combat = combat
        catalogue = items or Catalogue({}, {})
        self.items = ItemGateway(catalogue)
        self.scenarios = ScenarioGateway({one.scenario_id: one for one in stories})
        self.arena = Arena()
        self.restarts()
        core = CharacterCore(
            "exploration",
            Location("town"),
            Bio("Ann", None, 0.0),
            dict.fromkeys(STATS, 10),
            {"hp": _vital(100), "mp": _vital(50)},
        )
        bag = Session("bag", 0.0, False, 1, self._inventory.load_session(Snapshot(1)))
        self.state = CharacterState(1, 1, 1, core, {"inventory": bag})
        self.ids = Ids()
        self.now_s = 1_000.0
        self.redis: dict[str, bytes] = {}

    def restarts(self, *stories: Scenario) -> None:
        """A new process: it knows only these versions (those it had, if there are none)."""
        if stories:
            self.scenarios = ScenarioGateway({one.scenario_id: one for one in stories})
        self._inventory = InventoryOrchestrator(ModuleSettings({"capacity_slots": 5}, self.items))
        self.module = ScenarioOrchestrator(
            ModuleSettings(items=self.items, scenarios=self.scenarios)
        )
        modules = [self._inventory, self.combat or self.arena, self.module]
        self.router = CoreRouter(CoreModule(modules), modules)

    # ------------------------------------------------------------------ what it does

    def starts(self, scenario_id: str = "tale") -> Reply:
        """`scenario.start`."""
        return self.does("start", scenario=scenario_id)

    def chooses(self, *choices: str) -> Reply:
        """One `scenario.choose` after the other; the last reply."""
        replies = [self.does("choose", choice=choice) for choice in choices]
        return replies[-1]

    def does(self, action: str, **payload: Any) -> Reply:
        """A command of the scenario."""
        return self.sends(f"{SCENARIO}.{action}", **payload)

    def fights(self, outcome: str) -> None:
        """The fight ends."""
        self.sends("combat.end", outcome=outcome)

    def waits(self, seconds: float) -> None:
        """Time goes by; the timer goes off when it is due."""
        self.now_s += seconds
        due = self.module.wakes_at(self.session)
        if due is not None and due <= self.now_s:
            self.wakes()

    def wakes(self) -> Reply:
        """The timer goes off."""
        return self._handles(self.router.wake(SCENARIO))

    def gets(self, template_id: str, quantity: int = 1) -> None:
        """An `inventory.grant`."""
        self.sends("inventory.grant", template_id=template_id, quantity=quantity)

    def sends(self, type_: str, **payload: Any) -> Reply:
        """One message, one turn: the reply of what was committed, or its refusal."""
        return self._handles(self.router.message(type_, payload))

    def _handles(self, message: Message) -> Reply:
        turn = Turn(self.state, self.router, self.ids, self.now_s, (SCENARIO,))
        reply = turn.run(message)
        after = turn.state
        assert not isinstance(reply, SnapshotReply)
        body = reply(after) if callable(reply) else reply
        self.state = after
        if SCENARIO in turn.touched:
            self._store(turn.touched[SCENARIO])
        return dict(body)

    def _store(self, touched: Any) -> None:
        parts = self.module.save_session(self.session, touched)
        self.redis = {**self.redis, **parts.put}
        assert self.module.restore_session(self.redis, self.module.schema) == self.session
        section: Any = self.module.backup_session("s", self.session, touched)
        document = StoredDocument("s", section.data)
        assert self.module.load_session(Snapshot(1, document=document)) == self.session
        assert section.live is not self.session.over

    # ------------------------------------------------------------------ what it is

    @property
    def session(self) -> ScenarioSessionDTO:
        """Of the scenario."""
        data: ScenarioSessionDTO = self.state.sessions[SCENARIO].data
        return data

    @property
    def core(self) -> CharacterCore:
        """Of the character."""
        return self.state.core

    def has(self, template_id: str) -> int:
        """How many it carries."""
        carried = self.state.sessions["inventory"].data.items.values()
        return sum(item.quantity for item in carried if item.template_id == template_id)

    def becomes(self, **stats: int) -> None:
        """These stats from now on."""
        self._change(lambda core: evolve(core, stats={**core.stats, **stats}))

    def suffers(self, hp: int) -> None:
        """So many hit points from now on."""
        vital: Vital = {"cur": hp, "max": 100}
        self._change(lambda core: evolve(core, vitals={**core.vitals, "hp": vital}))

    def goes(self, state: str) -> None:
        """In this state from now on."""
        self._change(lambda core: evolve(core, state=state))

    def _change(self, change: Callable[[CharacterCore], CharacterCore]) -> None:
        self.state = evolve(self.state, core=change(self.state.core))


def shown(reply: Mapping[str, Any]) -> dict[str, bool]:
    """The choices of a view: id to whether it is available."""
    return {choice["id"]: choice["available"] for choice in reply["choices"]}


def _vital(points: int) -> Vital:
    return {"cur": points, "max": points}
