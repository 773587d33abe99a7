"""The catalogue: the starter pack loads; a content folder extends it; every mistake is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from gamestate.content.catalogue import Catalogue, load, read
from gamestate.content.dice import Dice
from gamestate.content.templates import Buff, Damage, Learn, Restore, Teleport
from gamestate.errors import ContentError

SWORD: dict[str, Any] = {
    "name": "Long Blade",
    "kind": "weapon",
    "weight_mlb": 3000,
    "value_cp": 1500,
    "slots": ["main_hand"],
    "weapon": {"category": "martial_melee", "damage": [{"dice": "1d8", "type": "slashing"}]},
}
GOBLIN: dict[str, Any] = {
    "name": "Goblin",
    "challenge_rating": 0.25,
    "creature_type": "fey",
    "size": "small",
    "hp": 7,
    "armor_class": 13,
    "stats": dict.fromkeys(
        ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma"), 10
    ),
    "proficiency_bonus": 2,
    "speed_ft": 30,
}

HEAL = {"effect": "restore", "vital": "hp", "dice": "2d4+2"}
BUFF = {"effect": "buff", "modifiers": {"strength": 4, "armor_class": -1}, "duration_s": 3600}
GO = {"effect": "teleport", "location": "Market, by the well"}
LEARN = {"effect": "learn", "skill": "alchemy", "level": 3}
POTION: dict[str, Any] = {"name": "Potion", "kind": "consumable", "consumable": True, "charges": 1}

Problems = Callable[..., list[str]]


@pytest.fixture(scope="module")
def starter() -> Catalogue:
    return load()


@pytest.fixture
def problems_of(tmp_path: Path) -> Problems:
    """Write files, load them, and return the problems that loading found."""

    def problems_of(**files: str | bytes) -> list[str]:
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(data)
        with pytest.raises(ContentError) as caught:
            read([tmp_path])
        problems = caught.value.facts["problems"]
        assert all(f"\n  {problem}" in str(caught.value) for problem in problems)
        return list(problems)

    return problems_of


def items(**entries: Any) -> str:
    return json.dumps({name.replace("_", "-"): facts for name, facts in entries.items()})


# ------------------------------------------------------------------ the starter pack


def test_the_starter_pack_has_every_item_and_monster_of_the_srd(starter: Catalogue) -> None:
    assert len(starter.items) == 546
    assert len(starter.monsters) == 341


def test_a_template_is_found_by_its_own_id(starter: Catalogue) -> None:
    assert all(key == item.template_id for key, item in starter.items.items())
    assert all(key == monster.template_id for key, monster in starter.monsters.items())


def test_a_longsword_is_held_in_the_main_hand_and_hits_harder_with_two(starter: Catalogue) -> None:
    sword = starter.items["longsword"]
    assert (sword.kind, sword.slots, sword.two_handed) == ("weapon", ("main_hand",), False)
    assert (sword.weight, sword.value, sword.max_stack) == (3.0, 15.0, 1)
    assert sword.weapon is not None
    assert sword.weapon.damage == (Damage(Dice(1, 8), "slashing"),)
    assert sword.weapon.versatile == Dice(1, 10)


@pytest.mark.parametrize(
    ("template_id", "slots"),
    [
        ("dagger", ("main_hand", "off_hand")),
        ("greatsword", ("main_hand",)),
        ("shield", ("off_hand",)),
        ("plate-armor", ("chest",)),
        ("robe-of-eyes", ("chest",)),
        ("helm-of-telepathy", ("head",)),
        ("winged-boots", ("feet",)),
        ("ring-of-protection", ("accessory_1", "accessory_2")),
        ("cloak-of-elvenkind", ("accessory_1", "accessory_2")),
        ("wand-of-lightning-bolts", ("main_hand", "off_hand")),
        ("rope", ()),
        ("potion-of-healing", ()),
        ("unarmed-strike", ()),
    ],
)
def test_an_item_goes_where_it_is_worn(
    starter: Catalogue, template_id: str, slots: tuple[str, ...]
) -> None:
    assert starter.items[template_id].slots == slots


@pytest.mark.parametrize(
    ("template_id", "kind", "max_stack"),
    [
        ("arrows", "ammunition", 100),
        ("potion-of-healing", "consumable", 20),
        ("torch", "gear", 20),
        ("healers-kit", "consumable", 1),
        ("backpack", "container", 1),
        ("thieves-tools", "tool", 1),
        ("wand-of-lightning-bolts", "wand", 1),
        ("animated-shield", "shield", 1),
        ("hidden-pit", "hazard", 1),
    ],
)
def test_an_item_has_the_kind_and_stack_of_its_sort(
    starter: Catalogue, template_id: str, kind: str, max_stack: int
) -> None:
    item = starter.items[template_id]
    assert (item.kind, item.max_stack) == (kind, max_stack)


@pytest.mark.parametrize(
    ("template_id", "dice"),
    [
        ("potion-of-healing", Dice(2, 4, 2)),
        ("greater-potion-of-healing", Dice(4, 4, 4)),
        ("superior-potion-of-healing", Dice(8, 4, 8)),
        ("supreme-potion-of-healing", Dice(10, 4, 20)),
    ],
)
def test_a_healing_potion_restores_hit_points_once(
    starter: Catalogue, template_id: str, dice: Dice
) -> None:
    potion = starter.items[template_id]
    assert potion.effects == (Restore("hp", dice),)
    assert (potion.consumable, potion.charges) == (True, 1)


def test_heavy_armor_asks_for_strength_and_takes_no_agility(starter: Catalogue) -> None:
    for template_id in ("plate-armor", "dwarven-plate", "elven-chain"):
        suit = starter.items[template_id]
        assert suit.armor is not None
        assert (suit.armor.category, suit.armor.agility_cap) == ("heavy", 0)
        assert suit.requirements["strength"] >= 13


def test_bonuses_are_modifiers(starter: Catalogue) -> None:
    assert starter.items["shield"].modifiers == {"armor_class": 2}
    assert starter.items["shield-1-2-or-3"].modifiers == {"armor_class": 2}
    assert starter.items["shield-of-the-cavalier"].modifiers == {"armor_class": 4}
    assert starter.items["dwarven-plate"].modifiers == {"armor_class": 2}
    assert starter.items["sun-blade"].modifiers == {"attack_bonus": 2, "damage_bonus": 2}


def test_a_monster_keeps_what_the_combat_rules_need(starter: Catalogue) -> None:
    wraith = starter.monsters["wraith"]
    [drain] = wraith.attacks
    assert (drain.reach, drain.ability) == ("melee", "agility")
    assert [(part.dice, part.types, part.plus) for part in drain.damage] == [
        (Dice(4, 8), ("necrotic",), "agility")
    ]
    assert starter.monsters["violet-fungus"].attacks[0].bonus == 2
    assert starter.monsters["celestial-steed"].hp_dice == Dice(bonus=5)
    assert starter.monsters["avatar-of-death"].hp_dice is None


def test_the_starter_pack_asks_for_no_cooldown_and_binds_nothing(starter: Catalogue) -> None:
    for item in starter.items.values():
        assert (item.cooldown_s, item.cooldown_group, item.only_if_useful) == (0, None, False)
        assert "bind_on_equip" not in item.flags


def test_what_has_an_effect_in_the_starter_pack_can_be_used(starter: Catalogue) -> None:
    assert all(item.charges for item in starter.items.values() if item.effects)
    assert starter.items["periapt-of-health"].effects == (Restore("hp", Dice(2, 4, 2)),)
    assert not starter.items["ring-of-regeneration"].effects


def test_the_catalogue_cannot_be_changed(starter: Catalogue) -> None:
    with pytest.raises(TypeError):
        starter.items["longsword"] = starter.items["club"]  # type: ignore[index]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        starter.items["longsword"].name = "x"  # type: ignore[misc]


# ------------------------------------------------------------------ a content folder


def test_a_content_folder_extends_the_starter_pack(tmp_path: Path) -> None:
    (tmp_path / "items.toml").write_text('[tankard]\nname = "Tankard"\nkind = "gear"\n')
    (tmp_path / "monsters.json").write_text(json.dumps({"tunnel-goblin": GOBLIN}))
    catalogue = load(tmp_path)
    assert catalogue.items["tankard"].name == "Tankard"
    assert catalogue.monsters["tunnel-goblin"].hp == 7
    assert (len(catalogue.items), len(catalogue.monsters)) == (547, 342)


def test_a_mistake_in_the_folder_is_told_by_load_too(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(items(longsword=SWORD | {"slots": ["hand"]}))
    with pytest.raises(ContentError, match=r"items\.json: longsword: slots\[0\]: 'hand' is not"):
        load(tmp_path)


def test_an_entry_of_the_folder_replaces_the_starters_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(items(longsword=SWORD))
    sword = load(tmp_path).items["longsword"]
    assert sword.name == "Long Blade"
    assert sword.weapon is not None
    assert sword.weapon.versatile is None


def test_other_files_and_an_empty_folder_are_fine(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "maps").mkdir()
    assert len(load(tmp_path).items) == 546


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(items(longsword=SWORD), encoding="utf-8-sig")
    assert load(tmp_path).items["longsword"].name == "Long Blade"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="nowhere: No such file or directory"):
        load(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.toml").touch()
    with pytest.raises(ContentError, match=r"items\.toml: Not a directory"):
        load(tmp_path / "items.toml")


# ------------------------------------------------------------------ what using an item does


def test_each_effect_is_an_instance_of_its_class_in_the_order_written(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(
        items(elixir=POTION | {"effects": [BUFF, HEAL, LEARN, GO]})
    )
    assert read([tmp_path]).items["elixir"].effects == (
        Buff({"strength": 4, "armor_class": -1}, 3600),
        Restore("hp", Dice(2, 4, 2)),
        Learn("alchemy", 3),
        Teleport("Market, by the well"),
    )


def test_effects_are_written_in_toml_too(tmp_path: Path) -> None:
    (tmp_path / "items.toml").write_text(
        '[tome]\nname = "Tome"\nkind = "gear"\ncharges = 3\n'
        '[[tome.effects]]\neffect = "buff"\nduration_s = 60\nmodifiers = { wisdom = 1 }\n'
        '[[tome.effects]]\neffect = "learn"\nskill = "reading"\n'
    )
    assert read([tmp_path]).items["tome"].effects == (Buff({"wisdom": 1}, 60), Learn("reading", 1))


def test_a_cooldown_and_its_group_are_read(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(
        items(elixir=POTION | {"cooldown_s": 2_592_000, "cooldown_group": "elixirs"}, tonic=POTION)
    )
    potions = read([tmp_path]).items
    assert (potions["elixir"].cooldown_s, potions["elixir"].cooldown_group) == (
        2_592_000,
        "elixirs",
    )
    assert (potions["tonic"].cooldown_s, potions["tonic"].cooldown_group) == (0, None)


def test_a_use_may_be_asked_to_be_useful(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(
        items(elixir=POTION | {"only_if_useful": True}, tonic=POTION)
    )
    potions = read([tmp_path]).items
    assert (potions["elixir"].only_if_useful, potions["tonic"].only_if_useful) == (True, False)


def test_a_stat_of_the_games_own_may_be_required(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(
        items(longsword=SWORD | {"requirements": {"level": 5, "strength": 12}})
    )
    assert read([tmp_path]).items["longsword"].requirements == {"level": 5, "strength": 12}


def test_all_problems_of_all_effects_are_told_at_once(problems_of: Problems) -> None:
    effects = [HEAL | {"dice": "d", "vital": ""}, LEARN | {"level": -1}, {"effect": "curse"}]
    found = problems_of(items__json=items(elixir=POTION | {"effects": effects}))
    expected = ("[0].vital: ", "[0].dice: ", "[1].level: ", "[2].effect: ")
    assert len(found) == len(expected)
    assert all(
        problem.startswith(f"items.json: elixir: effects{path}")
        for problem, path in zip(found, expected, strict=True)
    )


def test_a_field_twice_in_an_effect_is_named(problems_of: Problems) -> None:
    effect = '{"effect": "learn", "skill": "a", "skill": "b"}'
    entry = f'{{"name": "Tome", "kind": "gear", "charges": 1, "effects": [{effect}]}}'
    assert problems_of(items__json=f'{{"tome": {entry}}}') == [
        "items.json: tome: effects[0]: has 'skill' more than once"
    ]


def test_a_modifier_twice_is_named_on_the_item_and_in_its_effect(problems_of: Problems) -> None:
    twice = '{"strength": 1, "strength": 2}'
    buff = f'{{"effect": "buff", "duration_s": 1, "modifiers": {twice}}}'
    facts = f'"charges": 1, "modifiers": {twice}, "effects": [{buff}]'
    assert problems_of(items__json=f'{{"tome": {{"name": "T", "kind": "gear", {facts}}}}}') == [
        "items.json: tome: modifiers: has 'strength' more than once",
        "items.json: tome: effects[0].modifiers: has 'strength' more than once",
    ]


def test_every_rule_of_use_on_what_cannot_be_used_is_named(problems_of: Problems) -> None:
    rules = {"cooldown_s": 5, "cooldown_group": "x", "only_if_useful": True, "effects": [GO]}
    found = problems_of(items__json=items(rock={"name": "Rock", "kind": "gear"} | rules))
    assert found == [
        f"items.json: rock: {rule}: without charges it could never be used" for rule in rules
    ]


# ------------------------------------------------------------------ mistakes in a field


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("slots", ["hand"], "slots[0]: 'hand' is not an equipment slot (main_hand, "),
        ("slots", "head", "slots: expected a list, got a string"),
        ("slots", [1], "slots[0]: expected a string, got a whole number"),
        ("kind", "sword", "kind: 'sword' is not an item kind (weapon, "),
        ("rarity", "epic", "rarity: 'epic' is not a rarity (common, "),
        ("flags", ["cursed"], "flags[0]: 'cursed' is not a flag (quest, "),
        ("weight_mlb", -1, "weight_mlb: -1 is not between 0 and 1000000000"),
        ("weight_mlb", 2**70, "weight_mlb: expected a whole number within ±(2^53 - 1)"),
        ("weight_mlb", 1.5, "weight_mlb: expected a whole number, got a number with a"),
        ("weight_mlb", float("nan"), "weight_mlb: expected a whole number, got a number with a"),
        ("weight_mlb", True, "weight_mlb: expected a whole number, got a boolean"),
        ("weight_mlb", "3", "weight_mlb: expected a whole number, got a string"),
        ("max_stack", 0, "max_stack: 0 is not between 1 and 10000"),
        ("two_handed", "yes", "two_handed: expected true or false, got a string"),
        ("name", "", "name: must have 1 to 100 characters, not 0"),
        ("name", "a\u0000b", "name: 'a\\x00b' has unprintable characters"),
        ("name", None, "name: expected a string, got null"),
        ("colour", "red", "colour: unknown field"),
        ("template_id", "x", "template_id: is the name of the entry"),
        ("modifiers", {"luck": 1}, "modifiers.luck: 'luck' is not a modifier (strength, "),
        ("modifiers", {"strength": 101}, "modifiers.strength: 101 is not between -100 and 100"),
        ("modifiers", [], "modifiers: expected an object, got a list"),
        ("requirements", {"Level 5": 1}, "requirements.Level 5: 'Level 5' is not a word (a-z"),
        ("requirements", {"level": 101}, "requirements.level: 101 is not between 0 and 100"),
        ("cooldown_s", -1, "cooldown_s: -1 is not between 0 and 2592000"),
        ("cooldown_s", 2_592_001, "cooldown_s: 2592001 is not between 0 and 2592000"),
        ("cooldown_s", 1.5, "cooldown_s: expected a whole number, got a number with a"),
        ("cooldown_group", "", "cooldown_group: '' is not an id (a-z"),
        ("cooldown_group", "All Potions", "cooldown_group: 'All Potions' is not an id (a-z"),
        ("only_if_useful", 1, "only_if_useful: expected true or false, got a whole number"),
        ("effects", HEAL, "effects: expected a list, got an object"),
        ("effects", ["restore"], "effects[0]: expected an object, got a string"),
        ("weapon", {}, "weapon.category: is missing"),
        ("weapon", 3, "weapon: expected an object, got a whole number"),
        ("effects", [HEAL | {"dice": "2d"}], "effects[0].dice: '2d' is not dice"),
        ("effects", [HEAL | {"dice": "999d6"}], "effects[0].dice: '999d6': 'count'"),
        ("effects", [HEAL | {"dice": 4}], "effects[0].dice: expected dice in quotes, got a whole"),
        (
            "effects",
            [HEAL | {"effect": "bless"}],
            "effects[0].effect: must be one of ",
        ),
        ("effects", [{"vital": "hp", "dice": "1"}], "effects[0].effect: must be one of "),
        ("effects", [HEAL | {"effect": ["buff"]}], "effects[0].effect: must be one of "),
        ("effects", [HEAL | {"effect": None}], "effects[0].effect: must be one of "),
        ("effects", [HEAL | {"duration_s": 5}], "effects[0].duration_s: unknown field"),
        ("effects", [HEAL, GO | {"skill": "x"}], "effects[1].skill: unknown field"),
        ("effects", [{"effect": "restore", "dice": "1"}], "effects[0].vital: is missing"),
        ("effects", [HEAL | {"vital": "HP"}], "effects[0].vital: 'HP' is not a word"),
        (
            "effects",
            [{"effect": "buff", "modifiers": {"strength": 1}}],
            "effects[0].duration_s: is missing",
        ),
        ("effects", [{"effect": "buff", "duration_s": 1}], "effects[0].modifiers: is missing"),
        ("effects", [BUFF | {"duration_s": 0}], "effects[0].duration_s: 0 is not between 1 and 25"),
        ("effects", [BUFF | {"duration_s": 2_592_001}], "effects[0].duration_s: 2592001 is not be"),
        ("effects", [BUFF | {"modifiers": {}}], "effects[0].modifiers: must not be empty"),
        ("effects", [BUFF | {"modifiers": []}], "effects[0].modifiers: expected an object, got a"),
        (
            "effects",
            [BUFF | {"modifiers": {"luck": 1}}],
            "effects[0].modifiers.luck: 'luck' is not a modifier (strength, ",
        ),
        (
            "effects",
            [BUFF | {"modifiers": {"strength": -101}}],
            "effects[0].modifiers.strength: -101 is not between -100 and 100",
        ),
        ("effects", [{"effect": "teleport"}], "effects[0].location: is missing"),
        ("effects", [GO | {"location": ""}], "effects[0].location: must have 1 to 128 characters"),
        ("effects", [GO | {"location": "x" * 129}], "effects[0].location: must have 1 to 128 char"),
        ("effects", [{"effect": "learn"}], "effects[0].skill: is missing"),
        ("effects", [LEARN | {"skill": "fire-magic"}], "effects[0].skill: 'fire-magic' is not a w"),
        ("effects", [LEARN | {"level": 0}], "effects[0].level: 0 is not between 1 and 1000000"),
        ("effects", [LEARN | {"level": 1_000_001}], "effects[0].level: 1000001 is not between 1 a"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_file_entry_path_and_problem(
    problems_of: Problems, field: str, value: Any, problem: str
) -> None:
    [found] = problems_of(items__json=items(longsword=SWORD | {field: value}))
    assert found.startswith(f"items.json: longsword: {problem}")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"two_handed": True, "slots": ["off_hand"]}, "two_handed: slots must then be main_hand"),
        ({"max_stack": 5}, "max_stack: what can be equipped does not stack"),
        ({"max_stack": 5, "slots": [], "charges": 3}, "max_stack: what keeps count of its charges"),
        ({"slots": ["chest", "chest"]}, "slots: the same slot twice"),
        ({"consumable": True}, "consumable: without charges it could never be used"),
        ({"cooldown_s": 30}, "cooldown_s: without charges it could never be used"),
        ({"cooldown_group": "potions"}, "cooldown_group: without charges it could never be used"),
        ({"only_if_useful": True}, "only_if_useful: without charges it could never be used"),
        ({"effects": [HEAL]}, "effects: without charges it could never be used"),
        ({"kind": "armor"}, "kind: 'armor' without a table 'armor'"),
    ],
)
def test_fields_that_contradict_each_other_are_named(
    problems_of: Problems, changes: dict[str, Any], problem: str
) -> None:
    [found] = problems_of(items__json=items(longsword=SWORD | changes))
    assert found.startswith(f"items.json: longsword: {problem}")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("challenge_rating", float("nan"), "challenge_rating: nan is not between 0 and 100"),
        ("challenge_rating", "1/4", "challenge_rating: expected a number, got a string"),
        ("hp", 0, "hp: 0 is not between 1 and 1000000"),
        (
            "stats",
            {"strength": 10},
            "stats: agility, endurance, intelligence, wisdom, charisma miss",
        ),
        ("stats", [], "stats: expected an object, got a list"),
        ("size", "vast", "size: 'vast' is not a size (tiny, "),
        (
            "condition_immunities",
            ["sleepy"],
            "condition_immunities[0]: 'sleepy' is not a condition",
        ),
        ("attacks", [{}], "attacks[0].name: is missing"),
    ],
)
def test_a_wrong_field_of_a_monster_is_named_too(
    problems_of: Problems, field: str, value: Any, problem: str
) -> None:
    [found] = problems_of(monsters__json=json.dumps({"goblin": GOBLIN | {field: value}}))
    assert found.startswith(f"monsters.json: goblin: {problem}")


def test_an_entry_that_is_no_table_is_named(problems_of: Problems) -> None:
    assert problems_of(items__json='{"rock": 3}') == [
        "items.json: rock: expected an object, got a whole number"
    ]


def test_an_id_that_is_none_is_named(problems_of: Problems) -> None:
    [found] = problems_of(items__json=json.dumps({"Long Sword": SWORD}))
    assert found.startswith("items.json: Long Sword: template_id: 'Long Sword' is not an id")


def test_all_problems_of_all_files_are_told_at_once(problems_of: Problems) -> None:
    found = problems_of(
        items__toml='[rock]\nname = ""\nkind = "stone"\n[moss]\nkind = "gear"\n',
        monsters__json="{",
        item__toml="",
    )
    expected = (
        "item.toml: is no catalogue file",
        "items.toml: rock: name: ",
        "items.toml: rock: kind: ",
        "items.toml: moss: name: is missing",
        "monsters.json: Expecting property name",
    )
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))


# ------------------------------------------------------------------ mistakes in a file


def test_a_syntax_error_is_named_with_its_line(problems_of: Problems) -> None:
    found = problems_of(items__toml='[rock]\nname = "x\n', monsters__json='{\n"a": {},\n}')
    assert len(found) == 2
    assert found[0].startswith("items.toml: ")
    assert "line 2" in found[0]
    assert found[1].startswith("monsters.json: ")
    assert "line 3" in found[1]


def test_bad_utf_8_is_named_with_its_line(problems_of: Problems) -> None:
    assert problems_of(items__toml=b'[rock]\nname = "\xff"\n') == [
        "items.toml: is not UTF-8: byte 0xff in line 2"
    ]


def test_an_id_twice_in_one_json_file_is_named(problems_of: Problems) -> None:
    entry = json.dumps(SWORD)
    assert problems_of(items__json=f'{{"rock": {entry}, "rock": {entry}}}') == [
        "items.json: rock: is there more than once"
    ]


def test_an_id_twice_in_one_toml_file_is_named_with_its_line(problems_of: Problems) -> None:
    [found] = problems_of(items__toml='[rock]\nname="x"\nkind="gear"\n[rock]\nname="y"\n')
    assert found.startswith("items.toml: ")
    assert "rock" in found
    assert "line 4" in found


def test_an_id_in_both_files_of_a_shelf_is_named(problems_of: Problems) -> None:
    found = problems_of(
        items__toml='[rock]\nname = "Rock"\nkind = "gear"\n', items__json=items(rock=SWORD)
    )
    assert found == ["items.json: rock: is in items.toml too"]


def test_a_field_twice_in_an_entry_is_named(problems_of: Problems) -> None:
    assert problems_of(items__json='{"rock": {"name": "a", "name": "b", "kind": "gear"}}') == [
        "items.json: rock: has 'name' more than once"
    ]


@pytest.mark.parametrize("content", ["[]", "3", "null"])
def test_a_file_that_is_no_table_is_named(problems_of: Problems, content: str) -> None:
    assert problems_of(items__json=content) == ["items.json: must be a table of entries by id"]


def test_a_file_nested_without_end_is_named(problems_of: Problems) -> None:
    assert problems_of(items__json='{"a":' * 100_000) == ["items.json: is nested too deeply"]


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "items.toml").mkdir()
    with pytest.raises(ContentError, match=r"items\.toml: Is a directory"):
        read([tmp_path])


def test_a_misspelt_file_name_is_named(problems_of: Problems) -> None:
    [found] = problems_of(item__toml="")
    assert found.startswith("item.toml: is no catalogue file (known: items.json, items.toml")
