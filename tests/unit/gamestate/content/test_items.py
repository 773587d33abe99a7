"""ItemGateway: templates by id, and the client's view of each, computed once."""

from __future__ import annotations

import orjson
import pytest

from gamestate.content.catalogue import Catalogue, load
from gamestate.content.dice import Dice
from gamestate.content.items import ItemGateway, UnknownTemplateError
from gamestate.content.templates import Buff, ItemTemplate, Learn, Restore, Teleport
from gamestate.errors import MalformedError


@pytest.fixture(scope="module")
def gateway() -> ItemGateway:
    return ItemGateway(load())


def test_a_template_is_given_by_its_id(gateway: ItemGateway) -> None:
    assert gateway.template("longsword").name == "Longsword"
    assert gateway.template("longsword") is gateway.template("longsword")


def test_an_unknown_template_is_a_malformed_request(gateway: ItemGateway) -> None:
    with pytest.raises(UnknownTemplateError) as caught:
        gateway.template("excalibur")
    assert isinstance(caught.value, MalformedError)
    assert caught.value.code == "unknown_template"
    assert caught.value.facts == {"template_id": "excalibur"}
    assert str(caught.value) == "there is no item 'excalibur'"


def test_a_client_sees_pounds_and_gold_and_the_facts_there_are(gateway: ItemGateway) -> None:
    assert gateway.view(gateway.template("potion-of-healing")) == {
        "template_id": "potion-of-healing",
        "name": "Potion of Healing",
        "kind": "consumable",
        "rarity": "common",
        "weight": 0.5,
        "value": 50.0,
        "max_stack": 20,
        "consumable": True,
        "charges": 1,
        "effects": [{"effect": "restore", "vital": "hp", "dice": "2d4+2"}],
    }


def test_a_client_sees_effects_and_cooldown_as_they_stand_in_the_data() -> None:
    elixir = ItemTemplate(
        template_id="elixir",
        name="Elixir",
        kind="consumable",
        requirements={"level": 5},
        consumable=True,
        charges=1,
        cooldown_s=30,
        cooldown_group="elixirs",
        only_if_useful=True,
        effects=(
            Restore("hp", Dice(2, 4, 2)),
            Buff({"strength": 4}, 3600),
            Teleport("market"),
            Learn("alchemy"),
        ),
    )
    view = ItemGateway(Catalogue({"elixir": elixir}, {})).view(elixir)
    assert orjson.loads(orjson.dumps(view)) == {
        "template_id": "elixir",
        "name": "Elixir",
        "kind": "consumable",
        "rarity": "common",
        "weight": 0.0,
        "value": 0.0,
        "max_stack": 1,
        "requirements": {"level": 5},
        "consumable": True,
        "charges": 1,
        "cooldown_s": 30,
        "cooldown_group": "elixirs",
        "only_if_useful": True,
        "effects": [
            {"effect": "restore", "vital": "hp", "dice": "2d4+2"},
            {"effect": "buff", "modifiers": {"strength": 4}, "duration_s": 3600},
            {"effect": "teleport", "location": "market"},
            {"effect": "learn", "skill": "alchemy", "level": 1},
        ],
    }


def test_the_base_fields_are_there_even_when_they_say_nothing(gateway: ItemGateway) -> None:
    assert gateway.view(gateway.template("unarmed-strike")).items() >= {
        "template_id": "unarmed-strike",
        "rarity": "common",
        "weight": 0.0,
        "value": 0.0,
        "max_stack": 1,
    }.items()  # fmt: skip


def test_a_view_is_computed_once(gateway: ItemGateway) -> None:
    template = gateway.template("dagger")
    assert gateway.view(template) is gateway.view(template)


def test_every_view_is_json(gateway: ItemGateway) -> None:
    views = [gateway.view(template) for template in load().items.values()]
    assert len(orjson.loads(orjson.dumps(views))) == 546
