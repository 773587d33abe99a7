"""A small bestiary, a character with an inventory, and a driver that plays the server."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from attrs import evolve

from gamestate.content.dice import Dice
from gamestate.content.items import ItemGateway
from gamestate.content.monsters import MonsterGateway
from gamestate.content.templates import STATS, Attack, AttackDamage, MonsterTemplate
from gamestate.contract.module import Snapshot
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session, Vital
from gamestate.game.character.turn import SessionNeededError, Turn
from gamestate.game.router import CoreRouter, Message
from gamestate.modules.combat.dto import HERO, CombatSessionDTO, Fighter
from gamestate.modules.combat.hero import hero_of
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from gamestate.modules.combat.rules import Rules
from gamestate.modules.core.module import CoreModule
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from tests.unit.gamestate.modules.combat.surroundings import ScenarioStub, Stores, touched_of
from tests.unit.gamestate.modules.inventory.world import gateway

START_S = 1_800_000_000.0


def monster(template_id: str, **facts: Any) -> MonsterTemplate:
    """An ordinary creature of ten hit points, but for these facts."""
    stats = {**dict.fromkeys(STATS, 10), **facts.pop("stats", {})}
    usual: dict[str, Any] = {
        "name": template_id.replace("-", " ").title(),
        "challenge_rating": 0.25,
        "creature_type": "beast",
        "size": "medium",
        "hp": 10,
        "armor_class": 10,
        "proficiency_bonus": 2,
        "speed_ft": 30,
        "attacks": (bite(),),
    }
    return MonsterTemplate(template_id=template_id, stats=stats, **{**usual, **facts})


def bite(dice: str = "1d6", *types: str, **facts: Any) -> Attack:
    """An attack with one kind of damage."""
    return Attack("Bite", damage=(AttackDamage(Dice.parse(dice), types or ("piercing",)),), **facts)


MONSTERS = {
    one.template_id: one
    for one in (
        monster("wolf", stats={"agility": 14}),
        monster("rat", hp=1, attacks=()),
        monster("husk", creature_type="undead"),
        monster("snake", attacks=(bite("1d4", "poison"),)),
        monster("ogre", hp=60, challenge_rating=2.0, stats={"strength": 18}),
        monster("golem", hp=1000, armor_class=25, creature_type="construct", attacks=(bite("1"),)),
        monster("dragon", hp=300, challenge_rating=20.0, stats={"strength": 30, "agility": 30}),
    )
}

STRONG: Vital = {"cur": 1000, "max": 1000}


def core(**stats: int) -> CharacterCore:
    """A character of 100 hit points."""
    vitals: dict[str, Vital] = {"hp": {"cur": 100, "max": 100}, "mp": {"cur": 0, "max": 50}}
    bio = Bio("Ann", None, 0.0)
    all_stats = {**dict.fromkeys(STATS, 10), **stats}
    return CharacterCore("exploration", Location("town"), bio, all_stats, vitals)


def hero(**stats: int) -> Fighter:
    """The same as a fighter, with bare hands."""
    return hero_of(core(**stats), {}, Rules())


class Player:
    """One character, driven through the router as the server does it, with both stores kept."""

    def __init__(
        self,
        monsters: Mapping[str, MonsterTemplate] = MONSTERS,
        *,
        stats: Mapping[str, int] | None = None,
        items: ItemGateway | None = None,
        **settings: Any,
    ) -> None:
        self.combat = CombatOrchestrator(
            ModuleSettings(settings, monsters=MonsterGateway(monsters))
        )
        bags = InventoryOrchestrator(ModuleSettings(items=items or gateway()))
        modules = [bags, self.combat, ScenarioStub()]
        self.router = CoreRouter(CoreModule(modules), modules)
        bag = Session("bag", 0.0, False, bags.schema, bags.load_session(Snapshot(1)))
        self.state = CharacterState(1, 1, 1, core(**(stats or {})), {"inventory": bag})
        self.stores = Stores(self.combat)
        self.ids = count(1000)
        self.now_s = START_S
        self.turn: Any = None

    # ------------------------------------------------------------------ doing

    def does(self, message: str, /, **payload: Any) -> Mapping[str, Any]:
        """Send one command, of combat if it names no module, and return the reply."""
        type_ = message if "." in message else f"combat.{message}"
        return self._does(self.router.message(type_, payload))

    def wakes(self) -> None:
        """The server's own timer wakes the module."""
        self._does(self.router.wake("combat"))

    def leaves(self) -> None:
        """The character is logged out."""
        before = self.state
        self._does(self.router.leave("combat"))
        if not self.turn.touched:
            self.state = before

    def forgets_the_fight(self) -> None:
        """The session left Redis and the memory, as one does that nobody uses."""
        self.stores.release(self.state.sessions["combat"])
        sessions = {name: one for name, one in self.state.sessions.items() if name != "combat"}
        self.state = evolve(self.state, sessions=sessions)

    def _does(self, message: Message) -> Mapping[str, Any]:
        turn, body = self._turn(message)
        before, after = self.state, turn.state
        self.turn, self.state = turn, after
        sessions = before.sessions.get("combat"), after.sessions.get("combat")
        self.stores.commit(*sessions, touched_of(turn))
        reply: Mapping[str, Any] = body(after) if callable(body) else body
        return reply

    def _turn(self, message: Message) -> tuple[Turn, Any]:
        """The turn, and its reply; what it needs of combat is loaded first."""
        turn = Turn(self.state, self.router, self, self.now_s)
        try:
            return turn, turn.run(message)
        except SessionNeededError as needed:
            if needed.module != "combat":
                raise
        nothing = () if self.loads() else ("combat",)
        turn = Turn(self.state, self.router, self, self.now_s, nothing)
        return turn, turn.run(message)

    def fights(self, *monsters: str, seed: int | None = 1, count: int = 1) -> Mapping[str, Any]:
        """Start a fight."""
        listed = [{"monster": one, "count": count} for one in monsters]
        return self.does("start", monsters=listed, seed=seed)

    def acts(self, action: str = "attack", **payload: Any) -> Mapping[str, Any]:
        """Take a turn."""
        return self.does("act", action=action, **payload)

    def fights_on(self, action: str = "attack") -> Mapping[str, Any]:
        """The same action until the fight is over."""
        while not (reply := self.acts(action))["over"]:
            pass
        return reply

    def gets(self, template_id: str, quantity: int = 1) -> int:
        """Own something; the id of the last stack."""
        granted = self.does("inventory.grant", template_id=template_id, quantity=quantity)
        item_id: int = granted["items"][-1]["item_id"]
        return item_id

    def wears(self, template_id: str, slot: str | None = None) -> None:
        """Own something and put it on."""
        self.does("inventory.equip", item_id=self.gets(template_id), slot=slot)

    def has_hp(self, cur: int, most: int | None = None) -> None:
        """Something outside the fight sets its hit points."""
        vital: Vital = {"cur": cur, "max": most or self.state.core.vitals["hp"]["max"]}
        changed = evolve(self.state.core, vitals={**self.state.core.vitals, "hp": vital})
        self.state = evolve(self.state, core=changed)

    def goes(self, state: str) -> None:
        """The character is in another state now."""
        self.state = evolve(self.state, core=evolve(self.state.core, state=state))

    def take(self) -> int:
        """A new item id (see NewIds)."""
        return next(self.ids)

    # ------------------------------------------------------------------ the stores

    def is_saved(self) -> None:
        """A backup: Postgres has everything, and what is not kept is dropped."""
        session = self.state.sessions.get("combat")
        if session is None:
            return
        self.stores.backup(session)
        sessions = {**self.state.sessions, "combat": evolve(session, dirty=False)}
        if not self.combat.keeps(session.data):
            self.stores.release(session)
            del sessions["combat"]
        self.state = evolve(self.state, sessions=sessions)

    def restarts(self) -> None:
        """The server died; the session comes from Redis."""
        session = self.state.sessions["combat"]
        self.stores.forget_what_is_saved()
        self._has(self.stores.restored(session.session_id, session.schema))

    def loses_redis(self) -> None:
        """Server and Redis died; the session comes from Postgres."""
        self._has(self.stores.loaded())
        session = evolve(self.state.sessions["combat"], dirty=False)
        self.state = evolve(self.state, sessions={**self.state.sessions, "combat": session})
        self.stores.hot[session.session_id] = dict(self.combat.save_session(session.data, None).put)

    def loads(self) -> bool:
        """The session that is not in memory comes from Postgres; whether there is one."""
        data = self.stores.loaded()
        if data is not None:
            session = Session(self.stores.live, self.now_s, False, self.combat.schema, data)
            self.state = evolve(self.state, sessions={**self.state.sessions, "combat": session})
            self.stores.hot[session.session_id] = dict(self.combat.save_session(data, None).put)
        return data is not None

    def _has(self, data: CombatSessionDTO) -> None:
        session = evolve(self.state.sessions["combat"], data=data)
        self.state = evolve(self.state, sessions={**self.state.sessions, "combat": session})

    # ------------------------------------------------------------------ looking

    @property
    def session(self) -> CombatSessionDTO:
        """The fight."""
        data: CombatSessionDTO = self.state.sessions["combat"].data
        return data

    @property
    def hp(self) -> int:
        """The character's hit points."""
        return self.state.core.vitals["hp"]["cur"]

    @property
    def tale(self) -> tuple[str, ...]:
        """What the scenario was told."""
        shown: tuple[str, ...] = self.state.sessions["scenario"].data.told
        return shown


def participant(view: Mapping[str, Any], who: str = HERO) -> Mapping[str, Any]:
    """One of the participants a view shows."""
    found: Mapping[str, Any] = next(one for one in view["participants"] if one["id"] == who)
    return found
