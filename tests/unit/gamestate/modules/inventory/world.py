"""A small catalogue with one item for each rule, a character, and a turn for it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from random import Random
from typing import Any

from attrs import evolve, field, frozen

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.templates import ItemTemplate
from gamestate.contracts import Route, SessionModule, Snapshot, Transition
from gamestate.modules.inventory.dto import InventorySessionDTO
from gamestate.modules.inventory.module import inventory
from gamestate.state import STATS, Bio, CharacterCore, CharacterState, Location, Session

ACCESSORIES = ("accessory_1", "accessory_2")
TEMPLATES = (
    ItemTemplate(
        template_id="longsword",
        name="Longsword",
        kind="weapon",
        weight_mlb=3000,
        value_cp=1500,
        slots=("main_hand",),
    ),
    ItemTemplate(
        template_id="dagger",
        name="Dagger",
        kind="weapon",
        weight_mlb=1000,
        value_cp=200,
        slots=("main_hand", "off_hand"),
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
        template_id="shield", name="Shield", kind="shield", weight_mlb=6000, slots=("off_hand",)
    ),
    ItemTemplate(
        template_id="plate",
        name="Plate",
        kind="armor",
        weight_mlb=65000,
        slots=("chest",),
        requirements={"strength": 15},
    ),
    ItemTemplate(template_id="ring", name="Ring", kind="ring", rarity="rare", slots=ACCESSORIES),
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
)


def gateway(without: str | None = None) -> ItemGateway:
    """The catalogue, without one template if it is named."""
    kept = {one.template_id: one for one in TEMPLATES if one.template_id != without}
    return ItemGateway(Catalogue(kept, {}))


@frozen
class Turn:
    """A TurnContext; item ids count up from 1,000."""

    state: CharacterState
    ids: count[int]
    now_s: float = 0.0
    random: Random = field(factory=lambda: Random(1))

    @property
    def char_id(self) -> int:
        return self.state.char_id

    def new_item_id(self) -> int:
        return next(self.ids)


class Player:
    """One character with an inventory, driven through the module's routes as the trunk does it."""

    def __init__(self, items: ItemGateway | None = None, **settings: Any) -> None:
        self.module: SessionModule = inventory(settings, items or gateway())
        data = self.module.load_session(Snapshot(1))
        session = Session("s", 0.0, False, self.module.schema, data)
        core = CharacterCore("exploration", Location("town"), Bio("Ann", None, 0.0), _STATS, {})
        self.state = CharacterState(1, 1, 1, core, {"inventory": session})
        self.ids = count(1000)
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

    def does(self, action: str, **payload: Any) -> Mapping[str, Any]:
        """Send one command and return the reply."""
        route: Route = self.module.routes[action]
        turn = Turn(self.state, self.ids)
        self.last = route.handle(turn, self.session, route.command(**payload))
        if isinstance(self.last.session, InventorySessionDTO):
            self._commit(self.last.session)
        reply = self.last.reply
        return reply(self.state) if callable(reply) else reply

    def gets(self, template_id: str, quantity: int = 1) -> int:
        """Grant something and return the id of the last stack."""
        item_id: int = self.does("grant", template_id=template_id, quantity=quantity)["items"][-1][
            "item_id"
        ]
        return item_id

    def _commit(self, data: InventorySessionDTO) -> None:
        session = evolve(self.state.sessions["inventory"], data=data)
        version = self.state.version + 1
        self.state = evolve(self.state, version=version, sessions={"inventory": session})


_STATS = dict.fromkeys(STATS, 10)
