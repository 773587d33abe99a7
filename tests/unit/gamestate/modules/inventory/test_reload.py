"""The catalogue may be replaced while characters play: what follows from it follows at once."""

from __future__ import annotations

from attrs import evolve

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from tests.unit.gamestate.modules.inventory.world import TEMPLATES, Player


def heavier(template_id: str, weight_mlb: int) -> Catalogue:
    """The catalogue with one thing of another weight."""
    templates = {one.template_id: one for one in TEMPLATES}
    changed = evolve(templates[template_id], weight_mlb=weight_mlb, modifiers={"armor_class": 5})
    return Catalogue({**templates, template_id: changed}, {})


def test_what_was_computed_from_the_old_catalogue_is_computed_anew() -> None:
    items = ItemGateway(heavier("shield", 6000))
    player = Player(items)
    shield = player.gets("shield")
    player.does("equip", item_id=shield)
    items.replace(heavier("shield", 9000))
    seen = player.does("view")
    assert seen["weight"]["total"] == 9.0
    assert seen["equipped"]["off_hand"]["weight"] == 9.0
    assert player.derived()["armor_class"] == 15
    player.does("unequip", slot="off_hand")
    assert player.does("drop", item_id=shield)["weight"]["total"] == 0.0


def test_a_stack_that_may_be_larger_now_grows() -> None:
    templates = {one.template_id: one for one in TEMPLATES}
    items = ItemGateway(Catalogue(templates, {}))
    player = Player(items)
    arrows = player.gets("arrow", 20)
    larger = evolve(templates["arrow"], max_stack=50)
    items.replace(Catalogue({**templates, "arrow": larger}, {}))
    assert player.gets("arrow", 30) == arrows
    assert player.session.items[arrows].quantity == 50
