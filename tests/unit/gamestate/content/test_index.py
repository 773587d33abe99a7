"""What clients may know of the catalogue."""

from __future__ import annotations

from pathlib import Path

import orjson

from gamestate.content.catalogue import load
from gamestate.content.index import ContentIndex, index_of
from gamestate.content.live import LiveContent
from gamestate.modules.combat.rules import Rules

NIX = '[nix]\nname = "Nix"\nkind = "gear"\n'


def test_everything_there_is_to_play_with_is_named() -> None:
    catalogue = load()
    shown = orjson.loads(index_of(catalogue, None).body)
    assert {one["scenario"] for one in shown["scenarios"]} == set(catalogue.scenarios)
    assert {one["monster"] for one in shown["monsters"]} == set(catalogue.monsters)
    assert {one["template_id"] for one in shown["items"]} == set(catalogue.items)
    assert shown["counts"] == {shelf: len(shown[shelf]) for shelf in shown["counts"]}


def test_a_monster_says_how_strong_it_is_and_what_it_is_worth() -> None:
    catalogue = load()
    shown = orjson.loads(ContentIndex(LiveContent(catalogue), Rules().worth).now().body)
    wolf = next(one for one in shown["monsters"] if one["monster"] == "wolf")
    assert wolf == {
        "monster": "wolf",
        "name": "Wolf",
        "challenge_rating": 0.25,
        "xp": 50,
        "hp": 11,
        "armor_class": 12,
    }


def test_without_combat_nothing_says_what_a_monster_is_worth() -> None:
    shown = orjson.loads(index_of(load(), None).body)
    assert {one["xp"] for one in shown["monsters"]} == {None}


def test_every_scenario_of_the_starter_pack_says_what_it_is_in_a_line() -> None:
    for one in orjson.loads(index_of(load(), None).body)["scenarios"]:
        assert one["about"].endswith("."), one
        assert len(one["about"]) <= 120, one


async def test_the_index_is_made_once_for_each_catalogue(tmp_path: Path) -> None:
    content = LiveContent.read(tmp_path)
    index = ContentIndex(content, None)
    first = index.now()
    assert index.now() is first
    await content.reload()
    assert index.now().version == first.version
    (tmp_path / "items.toml").write_text(NIX)
    await content.reload()
    assert index.now().version != first.version
    assert b'"nix"' in index.now().body
