"""How items go, and what keeps them."""

from __future__ import annotations

import pytest

from tests.unit.gamestate.modules.inventory.world import Player, gateway

WAYS = ["drop", "discard"]


def quantities(player: Player) -> list[int]:
    return [item.quantity for item in player.session.items.values()]


# ---------------------------------------------------------------- both ways


@pytest.mark.parametrize(("way", "done"), [("drop", "dropped"), ("discard", "discarded")])
def test_a_whole_stack_goes_by_default(player: Player, way: str, done: str) -> None:
    arrows = player.gets("arrow", 12)
    reply = player.does(way, item_id=arrows)
    assert (reply["item_id"], reply["template_id"]) == (arrows, "arrow")
    assert (reply[done], reply["left"], len(player.session.items)) == (12, 0, 0)


@pytest.mark.parametrize(("way", "done"), [("drop", "dropped"), ("discard", "discarded")])
def test_a_part_of_a_stack_may_go(player: Player, way: str, done: str) -> None:
    arrows = player.gets("arrow", 12)
    reply = player.does(way, item_id=arrows, quantity=5)
    assert (reply[done], reply["left"]) == (5, 7)
    assert quantities(player) == [7]


@pytest.mark.parametrize("way", WAYS)
def test_no_more_goes_than_there_is(player: Player, way: str) -> None:
    arrows = player.gets("arrow", 12)
    expected = ("not_enough", {"item_id": arrows, "has": 12, "needed": 13})
    assert player.is_refused(way, item_id=arrows, quantity=13) == expected


@pytest.mark.parametrize("way", WAYS)
def test_what_is_worn_does_not_go(player: Player, way: str) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    expected = ("equipped", {"item_id": sword, "slot": "main_hand"})
    assert player.is_refused(way, item_id=sword) == expected


@pytest.mark.parametrize("way", WAYS)
def test_what_a_quest_needs_does_not_go(player: Player, way: str) -> None:
    seal = player.gets("seal")
    expected = ("quest_item", {"item_id": seal, "template_id": "seal"})
    assert player.is_refused(way, item_id=seal) == expected


@pytest.mark.parametrize("way", WAYS)
def test_what_is_locked_does_not_go(player: Player, way: str) -> None:
    arrows = player.gets("arrow", 12)
    player.does("lock", item_id=arrows)
    assert player.is_refused(way, item_id=arrows) == ("locked", {"item_id": arrows})
    assert player.is_refused(way, item_id=arrows, quantity=1)[0] == "locked"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_unlocked_goes_again(player: Player, way: str) -> None:
    arrows = player.gets("arrow", 12)
    player.does("lock", item_id=arrows)
    player.does("unlock", item_id=arrows)
    assert player.does(way, item_id=arrows)["left"] == 0


@pytest.mark.parametrize("way", WAYS)
def test_somebody_elses_item_is_unknown(player: Player, way: str) -> None:
    assert player.is_refused(way, item_id=7) == ("unknown_item", {"item_id": 7})


@pytest.mark.parametrize("way", WAYS)
def test_what_went_has_no_weight(player: Player, way: str) -> None:
    arrows = player.gets("arrow", 12)
    assert player.does(way, item_id=arrows, quantity=2)["weight"]["total"] == 0.5
    assert player.does(way, item_id=arrows)["weight"]["total"] == 0


# ---------------------------------------------------------------- drop


def test_what_its_owner_must_keep_is_not_dropped(player: Player) -> None:
    heirloom = player.gets("heirloom")
    expected = ("no_drop", {"item_id": heirloom, "template_id": "heirloom"})
    assert player.is_refused("drop", item_id=heirloom) == expected


def test_what_is_bound_is_not_dropped(player: Player) -> None:
    blade = player.gets("soulblade")
    player.does("equip", item_id=blade)
    player.does("unequip", slot="main_hand")
    assert player.is_refused("drop", item_id=blade) == ("bound", {"item_id": blade})


def test_what_has_not_bound_yet_is_dropped(player: Player) -> None:
    assert player.does("drop", item_id=player.gets("soulblade"))["left"] == 0


def test_precious_things_are_dropped_without_a_question(player: Player) -> None:
    assert player.does("drop", item_id=player.gets("one-ring"))["left"] == 0


# ---------------------------------------------------------------- discard


def test_what_must_not_be_dropped_may_be_destroyed(player: Player) -> None:
    assert player.does("discard", item_id=player.gets("heirloom"))["left"] == 0


def test_what_is_bound_may_be_destroyed(player: Player) -> None:
    blade = player.gets("soulblade")
    player.does("equip", item_id=blade)
    player.does("unequip", slot="main_hand")
    assert player.does("discard", item_id=blade)["left"] == 0


@pytest.mark.parametrize("template_id", ["scroll", "ring", "one-ring"])
def test_from_uncommon_on_destroying_takes_a_confirmation(player: Player, template_id: str) -> None:
    item_id = player.gets(template_id)
    facts = {"item_id": item_id, "template_id": template_id, "quantity": 1}
    assert player.is_refused("discard", item_id=item_id) == ("confirmation_required", facts)
    assert player.does("discard", item_id=item_id, confirm=True)["discarded"] == 1


def test_the_question_names_how_many_would_be_destroyed() -> None:
    player = Player(confirm_discard_from="common")
    arrows = player.gets("arrow", 12)
    assert player.is_refused("discard", item_id=arrows)[1]["quantity"] == 12
    assert player.is_refused("discard", item_id=arrows, quantity=5)[1]["quantity"] == 5


def test_common_things_are_destroyed_without_a_question(player: Player) -> None:
    assert player.does("discard", item_id=player.gets("longsword"))["left"] == 0


def test_the_rarity_that_takes_a_confirmation_is_set() -> None:
    player = Player(confirm_discard_from="very_rare")
    player.does("discard", item_id=player.gets("ring"))
    relic = player.gets("one-ring")
    assert player.is_refused("discard", item_id=relic)[0] == "confirmation_required"


def test_never_means_that_nothing_takes_a_confirmation() -> None:
    player = Player(confirm_discard_from="never")
    assert player.does("discard", item_id=player.gets("one-ring"))["left"] == 0


def test_a_confirmation_opens_no_lock(player: Player) -> None:
    ring = player.gets("ring")
    player.does("lock", item_id=ring)
    assert player.is_refused("discard", item_id=ring, confirm=True)[0] == "locked"


def test_nobody_is_asked_to_confirm_what_can_not_be_done(player: Player) -> None:
    ring = player.gets("ring")
    assert player.is_refused("discard", item_id=ring, quantity=2)[0] == "not_enough"


def test_what_the_catalogue_no_longer_has_is_destroyed_only_with_a_confirmation() -> None:
    player = Player()
    ring = player.gets("ring")
    fields = player.module.save_session(player.session, None).put
    orphan = Player(gateway(without="ring"))
    orphan.has(orphan.module.restore_session(fields, orphan.module.schema))
    assert orphan.is_refused("discard", item_id=ring)[0] == "confirmation_required"
    assert orphan.does("discard", item_id=ring, confirm=True)["left"] == 0


# ---------------------------------------------------------------- lock


def test_a_lock_is_a_mark_of_this_one_stack(player: Player) -> None:
    first, second = player.gets("arrow", 20), player.gets("arrow", 5)
    reply = player.does("lock", item_id=first)
    assert reply["item"]["item_id"] == first
    assert player.session.items[first].data == {"locked": True}
    assert player.session.items[second].data is None


def test_unlocking_leaves_nothing_behind(player: Player) -> None:
    arrows = player.gets("arrow", 20)
    before = player.session
    player.does("lock", item_id=arrows)
    player.does("unlock", item_id=arrows)
    assert player.session == before


def test_unlocking_leaves_other_marks_alone(player: Player) -> None:
    scroll = player.gets("scroll")
    player.does("use", item_id=scroll)
    player.does("lock", item_id=scroll)
    assert player.session.items[scroll].data == {"charges": 2, "locked": True}
    player.does("unlock", item_id=scroll)
    assert player.session.items[scroll].data == {"charges": 2}


@pytest.mark.parametrize("action", ["lock", "unlock"])
def test_doing_it_twice_changes_nothing(player: Player, action: str) -> None:
    arrows = player.gets("arrow", 20)
    player.does("lock", item_id=arrows)
    player.does(action, item_id=arrows)
    before = player.state
    assert player.does(action, item_id=arrows)["item"]["item_id"] == arrows
    assert player.state is before


def test_what_is_worn_can_be_locked_and_stays_worn(player: Player) -> None:
    sword = player.gets("longsword")
    player.does("equip", item_id=sword)
    player.does("lock", item_id=sword)
    assert player.session.equipped == {"main_hand": sword}
    player.does("unequip", slot="main_hand")
    assert player.is_refused("drop", item_id=sword)[0] == "locked"


@pytest.mark.parametrize("action", ["lock", "unlock"])
def test_only_what_one_has_can_be_locked(player: Player, action: str) -> None:
    assert player.is_refused(action, item_id=7) == ("unknown_item", {"item_id": 7})
