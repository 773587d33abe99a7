"""The generator: the starter pack is what it makes, byte by byte, and it loses no fact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from click.testing import CliRunner

from gamestate.content.catalogue import load
from gamestate.content.dice import Dice
from gamestate.content.generate import generate, main
from gamestate.content.templates import Restore

FACTS = Path(__file__).parents[4].parent / "shared" / "data" / "srd"
STARTER = files("gamestate.content") / "starter"

with_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the SRD facts are not there")

ITEM = {
    "slug": "spoon",
    "name": "Spoon",
    "item_kind": "item",
    "weight": 0.075,
    "cost_gp": 0.02,
    "rarity": "common",
    "requires_attunement": False,
}


def facts(name: str) -> Iterator[dict[str, Any]]:
    with (FACTS / name).open("rb") as lines:
        yield from map(json.loads, lines)


def write_facts(folder: Path, **changes: Any) -> None:
    (folder / "items.jsonl").write_text(json.dumps(ITEM | changes))
    (folder / "monsters.jsonl").write_text("")


@with_facts
def test_generating_again_gives_the_starter_pack_byte_by_byte(tmp_path: Path) -> None:
    generate(FACTS, tmp_path)
    for name in ("items.json", "monsters.json"):
        assert (tmp_path / name).read_bytes() == (STARTER / name).read_bytes()


@with_facts
def test_every_weight_and_cost_is_exact() -> None:
    catalogue = load().items
    for fact in facts("items.jsonl"):
        item = catalogue[fact["slug"]]
        assert (item.name, item.rarity) == (fact["name"], fact["rarity"])
        assert (item.weight, item.value) == (fact["weight"], fact["cost_gp"])


@with_facts
def test_every_damage_and_use_of_an_item_is_kept() -> None:
    catalogue = load().items
    for fact in facts("items.jsonl"):
        item = catalogue[fact["slug"]]
        damage = [(str(hit.dice), hit.type) for hit in item.weapon.damage] if item.weapon else []
        assert damage == [(hit["dice"], hit["type"]) for hit in fact.get("damage", ())]
        assert not fact.get("uses_max") or item.charges == int(fact["uses_max"])


@with_facts
def test_every_attack_of_a_monster_is_kept() -> None:
    catalogue = load().monsters
    for fact in facts("monsters.jsonl"):
        kept = [
            (attack.name, [(str(part.dice), list(part.types)) for part in attack.damage])
            for attack in catalogue[fact["slug"]].attacks
        ]
        assert kept == [
            (attack["name"], [(part["dice"], part["types"]) for part in attack["damage"]])
            for attack in fact["attacks"]
        ]


@with_facts
def test_every_healing_of_an_item_that_can_be_used_is_kept() -> None:
    catalogue = load().items
    for fact in facts("items.jsonl"):
        item, heal = catalogue[fact["slug"]], fact.get("heal")
        if heal and item.charges:
            [effect] = item.effects
            assert effect == Restore(
                "hp", evolve(Dice.parse(heal["dice"] or "0"), bonus=heal["bonus"])
            )
        else:
            assert not item.effects


def test_the_notice_gives_the_attribution() -> None:
    notice = (STARTER / "NOTICE.md").read_text(encoding="utf-8")
    for words in ("System Reference Document 5.1", "Wizards of the Coast LLC", "Creative Commons"):
        assert words in notice


def test_one_entry_is_one_line_without_what_says_nothing(tmp_path: Path) -> None:
    write_facts(tmp_path)
    generate(tmp_path, tmp_path)
    assert (tmp_path / "items.json").read_text() == (
        '{\n"spoon": {"name":"Spoon","kind":"gear","weight_mlb":75,"value_cp":2,"max_stack":20}'
        "\n}\n"
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"sharpness": 3}, "items.jsonl:1: sharpness: unknown field"),
        ({"weight": "1"}, "items.jsonl:1: weight: expected a number, got a string"),
        ({"cost_gp": 0.001}, "spoon: 0.001 times 100 is not a whole number"),
    ],
)
def test_a_fact_that_is_not_understood_ends_the_command_with_its_name(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    write_facts(tmp_path, **changes)
    result = CliRunner().invoke(main, [str(tmp_path), str(tmp_path)])
    assert result.exit_code == 1
    assert problem in result.output
    assert not (tmp_path / "items.json").exists()
