"""A small catalogue with one item for each rule, a character, and a turn for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest
from attrs import evolve, field, frozen

from gamestate.content.catalogue import Catalogue
from gamestate.content.dice import Dice
from gamestate.content.items import ItemGateway
from gamestate.content.templates import (
    STATS,
    Armor,
    Buff,
    Damage,
    ItemTemplate,
    Learn,
    Restore,
    Teleport,
    Weapon,
)
from gamestate.contract.module import SessionModule, Snapshot
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location, Session, Vital
from gamestate.contract.turn import Effect, ReplyBody, Route, SnapshotReply, Transition
from gamestate.errors import RefusedError
from gamestate.modules.inventory.dto import InventorySessionDTO
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.structure import structure

ACCESSORIES = ("accessory_1", "accessory_2")
TEMPLATES = (
    ItemTemplate(
        template_id="longsword",
        name="Longsword",
        kind="weapon",
        weight_mlb=3000,
        value_cp=1500,
        slots=("main_hand",),
        weapon=Weapon(
            "martial_melee", (Damage(Dice(1, 8), "slashing"),), Dice(1, 10), ("versatile",)
        ),
    ),
    ItemTemplate(
        template_id="dagger",
        name="Dagger",
        kind="weapon",
        weight_mlb=1000,
        value_cp=200,
        slots=("main_hand", "off_hand"),
        weapon=Weapon(
            "simple_melee", (Damage(Dice(1, 4), "piercing"),), properties=("finesse", "light")
        ),
        modifiers={"attack_bonus": 1, "damage_bonus": 1},
    ),
    ItemTemplate(
        template_id="greatsword",
        name="Greatsword",
        kind="weapon",
        weight_mlb=6000,
        slots=("main_hand",),
        two_handed=True,
    ),
    ItemTemplate(
        template_id="shield",
        name="Shield",
        kind="shield",
        weight_mlb=6000,
        slots=("off_hand",),
        modifiers={"armor_class": 2},
    ),
    ItemTemplate(
        template_id="plate",
        name="Plate",
        kind="armor",
        weight_mlb=65000,
        slots=("chest",),
        requirements={"strength": 15},
        armor=Armor("heavy", 18, 0),
    ),
    ItemTemplate(
        template_id="ring",
        name="Ring",
        kind="ring",
        rarity="rare",
        slots=ACCESSORIES,
        modifiers={"strength": 2},
    ),
    ItemTemplate(
        template_id="one-ring",
        name="Straße Ring",
        kind="ring",
        rarity="artifact",
        slots=ACCESSORIES,
        flags=("unique_equipped",),
    ),
    ItemTemplate(template_id="arrow", name="Arrow", kind="ammunition", weight_mlb=50, max_stack=20),
    ItemTemplate(
        template_id="dart", name="Dart", kind="weapon", max_stack=10, slots=("main_hand",)
    ),
    ItemTemplate(template_id="heirloom", name="Heirloom", kind="gear", flags=("no_drop",)),
    ItemTemplate(template_id="seal", name="Seal", kind="gear", flags=("quest",)),
    ItemTemplate(
        template_id="soulblade",
        name="Soulblade",
        kind="weapon",
        slots=("main_hand",),
        flags=("bind_on_equip",),
    ),
    ItemTemplate(
        template_id="potion",
        name="Potion",
        kind="consumable",
        max_stack=20,
        consumable=True,
        charges=1,
        effects=(Restore("hp", Dice(2, 4, 2)),),
    ),
    ItemTemplate(
        template_id="salve",
        name="Salve",
        kind="consumable",
        max_stack=5,
        consumable=True,
        charges=1,
        effects=(Restore("hp", Dice(bonus=5)), Restore("mp", Dice(bonus=5))),
        only_if_useful=True,
    ),
    ItemTemplate(
        template_id="elixir",
        name="Elixir",
        kind="consumable",
        max_stack=5,
        consumable=True,
        charges=1,
        effects=(Buff({"strength": 4, "armor_class": 1}, 60),),
        cooldown_s=30,
        cooldown_group="elixirs",
    ),
    ItemTemplate(
        template_id="tonic",
        name="Tonic",
        kind="consumable",
        max_stack=5,
        consumable=True,
        charges=1,
        effects=(Learn("herbs", 2),),
        cooldown_s=10,
        cooldown_group="elixirs",
    ),
    ItemTemplate(
        template_id="scroll",
        name="Scroll",
        kind="consumable",
        rarity="uncommon",
        consumable=True,
        charges=3,
        effects=(Teleport("temple"),),
    ),
    ItemTemplate(
        template_id="wand",
        name="Wand",
        kind="wand",
        rarity="rare",
        slots=("main_hand", "off_hand"),
        charges=2,
        effects=(Restore("mp", Dice(1, 4)),),
    ),
)


def gateway(without: str | None = None) -> ItemGateway:
    """The catalogue, without one template if it is named."""
    kept = {one.template_id: one for one in TEMPLATES if one.template_id != without}
    return ItemGateway(Catalogue(kept, {}))


def gateway_with(*extra: ItemTemplate) -> ItemGateway:
    """The catalogue, and what one test needs beside it."""
    return ItemGateway(Catalogue({one.template_id: one for one in (*TEMPLATES, *extra)}, {}))


@frozen
class Turn:
    """A TurnContext; item ids count up from 1,000."""

    state: CharacterState
    ids: count[int]
    module: SessionModule
    now_s: float = 0.0
    random: Random = field(factory=lambda: Random(1))

    @property
    def char_id(self) -> int:
        return self.state.char_id

    def new_item_id(self) -> int:
        return next(self.ids)

    def derived(self) -> Mapping[str, Any]:
        session = self.module.prepare_session(self.state.sessions["inventory"].data)
        return self.module.derived(session, self.state.core, self.now_s)

    def items(self, template_id: str) -> int:
        return self.module.count(self.state.sessions["inventory"].data, template_id)

    def shown(self) -> Mapping[str, str]:
        return {"inventory": self.state.sessions["inventory"].session_id}

    def perform(self, effect: Effect) -> ReplyBody:
        raise AssertionError(f"the inventory asks nothing of others first: {effect}")


class Player:
    """One character with an inventory, driven through the module's routes as the server does it."""

    def __init__(self, items: ItemGateway | None = None, **settings: Any) -> None:
        self.module = InventoryOrchestrator(ModuleSettings(settings, items or gateway()))
        data = self.module.load_session(Snapshot(1))
        session = Session("s", 0.0, False, self.module.schema, data)
        core = CharacterCore(
            "exploration", Location("town"), Bio("Ann", None, 0.0), _STATS, _VITALS
        )
        self.state = CharacterState(1, 1, 1, core, {"inventory": session})
        self.ids = count(1000)
        self.now_s = 0.0
        self.seed = 1
        self.last = Transition()

    @property
    def session(self) -> InventorySessionDTO:
        data: InventorySessionDTO = self.state.sessions["inventory"].data
        return data

    def goes(self, state: str) -> None:
        """The character is in another state now."""
        self.state = evolve(self.state, core=evolve(self.state.core, state=state))

    def has_stats(self, **stats: int) -> None:
        """The character has these stats from now on."""
        core = evolve(self.state.core, stats={**self.state.core.stats, **stats})
        self.state = evolve(self.state, core=core)

    def has_vital(self, name: str, cur: int) -> None:
        """A vital of the character is at this from now on."""
        vital: Vital = {"cur": cur, "max": self.state.core.vitals[name]["max"]}
        core = evolve(self.state.core, vitals={**self.state.core.vitals, name: vital})
        self.state = evolve(self.state, core=core)

    def does(self, action: str, **payload: Any) -> Mapping[str, Any]:
        """Send one command and return the reply."""
        route: Route = self.module.routes[action]
        return self._turn(route.handle, structure(payload, route.command))

    def is_asked(self, effect: Effect) -> Mapping[str, Any]:
        """Another module asks for something; the reply."""
        return self._turn(self.module.effects[type(effect)].handle, effect)

    def _turn(self, handle: Callable[..., Transition], asked: Any) -> Mapping[str, Any]:
        turn = Turn(self.state, self.ids, self.module, self.now_s, Random(self.seed))
        self.last = handle(turn, self.module.prepare_session(self.session), asked)
        if isinstance(self.last.session, InventorySessionDTO):
            self.has(self.last.session)
        reply = self.last.reply
        assert not isinstance(reply, SnapshotReply)
        return reply(self.state) if callable(reply) else reply

    def is_refused(self, action: str, **payload: Any) -> tuple[str, Mapping[str, Any]]:
        """Send a command that a rule refuses and return the code and the facts.

        Nothing else came of it: the state is the same object and no item id was taken.
        """
        return self._is_refused(partial(self.does, action, **payload))

    def is_refused_to_others(self, effect: Effect) -> tuple[str, Mapping[str, Any]]:
        """The same of what another module asks for."""
        return self._is_refused(partial(self.is_asked, effect))

    def _is_refused(self, ask: Callable[[], object]) -> tuple[str, Mapping[str, Any]]:
        before, next_id = self.state, repr(self.ids)
        with pytest.raises(RefusedError) as caught:
            ask()
        assert self.state is before
        assert repr(self.ids) == next_id
        return caught.value.code, caught.value.facts

    def derived(self) -> Mapping[str, Any]:
        """What the inventory makes of the character now."""
        return Turn(self.state, self.ids, self.module, self.now_s).derived()

    def gets(self, template_id: str, quantity: int = 1) -> int:
        """Grant something and return the id of the last stack."""
        item_id: int = self.does("grant", template_id=template_id, quantity=quantity)["items"][-1][
            "item_id"
        ]
        return item_id

    def has(self, data: InventorySessionDTO) -> None:
        """This is the character's inventory now."""
        session = evolve(self.state.sessions["inventory"], data=data)
        version = self.state.version + 1
        self.state = evolve(self.state, version=version, sessions={"inventory": session})


_VITALS: dict[str, Vital] = {"hp": {"cur": 100, "max": 100}, "mp": {"cur": 0, "max": 50}}
_STATS = dict.fromkeys(STATS, 10)
