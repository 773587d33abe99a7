"""Every refusal of the inventory: its code, its facts, and that nothing at all has changed.

The game runs on both stores in memory, which are compared byte for byte before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import trio
from attrs import frozen
from trio.testing import wait_all_tasks_blocked

from gamestate.errors import RefusedError
from gamestate.modules.inventory import refusals
from tests.support.game import Server
from tests.support.inventory_world import SmallWorld, WallClock, inventory_of, small_game

QUIET: Final[Mapping[str, Any]] = {"backup_interval_s": 86_400, "passivate_after_s": 86_400}
NEVER_ISSUED: Final = 10**12

CODES: Final = frozenset(
    "unknown_item bag_full too_heavy not_equippable wrong_slot requirement_not_met"
    " two_handed_conflict unique_equipped slot_empty equipped not_enough no_drop quest_item bound"
    " locked stack_limit not_stackable split_exceeds cooldown no_charges not_usable no_effect"
    " confirmation_required wrong_position quick_slot_empty in_combat dead".split()
)


@frozen
class The:
    """The id of the item that was called so."""

    name: str


@frozen
class Do:
    """One message. `called`: a name for the item that it makes."""

    type: str
    payload: Mapping[str, Any]
    called: str = ""

    def __str__(self) -> str:
        named = (f"{key}={it.name}" for key, it in self.payload.items() if isinstance(it, The))
        return " ".join((self.type.partition(".")[2], *named))


@frozen
class Wait:
    """Time passes."""

    seconds: int


@frozen
class Case:
    """What is done, what is refused then, and what the refusal says."""

    code: str
    facts: Mapping[str, Any]
    refused: Do
    after: tuple[Do | Wait, ...] = ()
    settings: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.code} of {self.refused}"


def does(action: str, **payload: Any) -> Do:
    return Do(f"inventory.{action}", payload)


def gets(template_id: str, quantity: int = 1, called: str = "") -> Do:
    payload = {"template_id": template_id, "quantity": quantity}
    return Do("inventory.grant", payload, called or template_id)


def splits(name: str, quantity: int, called: str) -> Do:
    return Do("inventory.split", {"item_id": The(name), "quantity": quantity}, called)


def changes(**vitals: int) -> Do:
    return Do("core.adjust_vitals", vitals)


def equips(name: str, slot: str | None = None) -> Do:
    return does("equip", item_id=The(name), slot=slot)


def uses(name: str) -> Do:
    return does("use", item_id=The(name))


DIES: Final = changes(hp=-1000)
IS_HURT: Final = changes(hp=-50)
FIGHTS: Final = Do("brawl.begin", {})
TWO_SLOTS: Final = {"capacity_slots": 2}

CASES: Final = (
    # ------------------------------------------------------------------ room and weight
    Case("bag_full", {"needed": 1, "free": 0}, gets("dagger"), (gets("dagger", 2),), TWO_SLOTS),
    Case("bag_full", {"needed": 3, "free": 2}, gets("arrow", 41), (), TWO_SLOTS),
    Case(
        "bag_full",
        {"needed": 2, "free": 1},
        gets("arrow", 46),
        (gets("arrow", 5),),
        TWO_SLOTS,
    ),
    Case(
        "bag_full",
        {"needed": 1, "free": 0},
        does("split", item_id=The("arrow"), quantity=1),
        (gets("arrow", 5), gets("dagger")),
        TWO_SLOTS,
    ),
    Case(
        "bag_full",
        {"needed": 1, "free": 0},
        does("unequip", slot="main_hand"),
        (gets("dagger"), equips("dagger"), gets("arrow", 40)),
        TWO_SLOTS,
    ),
    Case(
        "bag_full",
        {"needed": 1, "free": 0},
        equips("greatsword"),
        (
            gets("dagger"),
            equips("dagger"),
            gets("shield"),
            equips("shield"),
            gets("greatsword"),
            gets("anvil"),
        ),
        TWO_SLOTS,
    ),
    Case(
        "too_heavy",
        {"needed_lb": 65.0, "free_lb": 19.0},
        gets("plate"),
        (gets("dagger"),),
        {"enforce_weight": True, "carry_lb_per_strength": 2},
    ),
    # ------------------------------------------------------------------ what is worn
    Case("not_equippable", {}, equips("arrow"), (gets("arrow"),)),
    Case(
        "wrong_slot",
        {"slot": "off_hand", "allowed": ["main_hand"]},
        equips("longsword", "off_hand"),
        (gets("longsword"),),
    ),
    Case(
        "wrong_slot",
        {"slot": "tail", "allowed": ["main_hand", "off_hand"]},
        equips("dagger", "tail"),
        (gets("dagger"),),
    ),
    Case("wrong_slot", {"slot": "tail"}, does("unequip", slot="tail")),
    Case(
        "requirement_not_met",
        {"stat": "strength", "needed": 15, "has": 10},
        equips("plate"),
        (gets("plate"),),
    ),
    Case(
        "requirement_not_met",
        {"stat": "strength", "needed": 15, "has": 10},
        equips("plate"),
        (gets("plate"), gets("elixir-of-might"), uses("elixir-of-might")),
    ),
    Case(
        "requirement_not_met",
        {"stat": "level", "needed": 2, "has": 0},
        equips("veterans-helm"),
        (gets("veterans-helm"),),
    ),
    Case(
        "two_handed_conflict",
        {"slot": "off_hand", "item_id": The("greatsword")},
        equips("shield"),
        (gets("greatsword"), equips("greatsword"), gets("shield")),
    ),
    Case(
        "unique_equipped",
        {"item_id": The("one"), "slot": "accessory_1"},
        equips("other"),
        (gets("one-ring", called="one"), equips("one"), gets("one-ring", called="other")),
    ),
    Case("slot_empty", {"slot": "head"}, does("unequip", slot="head")),
    *(
        Case(
            "equipped",
            {"item_id": The("wand"), "slot": "main_hand"},
            refused,
            (gets("wand"), equips("wand"), gets("wand", called="other")),
        )
        for refused in (
            does("drop", item_id=The("wand")),
            does("discard", item_id=The("wand"), confirm=True),
            does("move", item_id=The("wand"), position=3),
            does("assign_quick_slot", item_id=The("wand"), index=0),
        )
    ),
    # ------------------------------------------------------------------ what is let go
    Case(
        "not_enough",
        {"item_id": The("arrow"), "has": 3, "needed": 4},
        does("drop", item_id=The("arrow"), quantity=4),
        (gets("arrow", 3),),
    ),
    Case(
        "not_enough",
        {"item_id": The("arrow"), "has": 3, "needed": 2**53 - 1},
        does("discard", item_id=The("arrow"), quantity=2**53 - 1),
        (gets("arrow", 3),),
    ),
    Case("no_drop", {}, does("drop", item_id=The("heirloom")), (gets("heirloom"),)),
    Case("quest_item", {}, does("drop", item_id=The("seal"), quantity=1), (gets("seal", 2),)),
    Case("quest_item", {}, does("discard", item_id=The("seal"), confirm=True), (gets("seal"),)),
    Case(
        "bound",
        {"item_id": The("blood-ring")},
        does("drop", item_id=The("blood-ring")),
        (gets("blood-ring"), equips("blood-ring"), does("unequip", slot="accessory_1")),
    ),
    *(
        Case(
            "locked",
            {"item_id": The("arrow")},
            does(action, item_id=The("arrow"), quantity=1),
            (gets("arrow", 3), does("lock", item_id=The("arrow"))),
        )
        for action in ("drop", "discard")
    ),
    Case(
        "confirmation_required",
        {"item_id": The("ruby"), "template_id": "ruby", "quantity": 2},
        does("discard", item_id=The("ruby"), quantity=2),
        (gets("ruby", 5),),
    ),
    Case(
        "confirmation_required",
        {"item_id": The("arrow"), "template_id": "arrow", "quantity": 5},
        does("discard", item_id=The("arrow"), confirm=False),
        (gets("arrow", 5),),
        {"confirm_discard_from": "common"},
    ),
    # ------------------------------------------------------------------ stacks and places
    Case(
        "stack_limit",
        {"item_id": The("full"), "max_stack": 20},
        does("merge", source_id=The("rest"), target_id=The("full")),
        (gets("arrow", 20, "full"), gets("arrow", 5, "rest")),
    ),
    Case(
        "not_stackable",
        {"source_id": The("arrow"), "target_id": The("candle")},
        does("merge", source_id=The("arrow"), target_id=The("candle")),
        (gets("arrow", 5), gets("candle", 5)),
    ),
    Case(
        "not_stackable",
        {"source_id": The("arrow"), "target_id": The("arrow")},
        does("merge", source_id=The("arrow"), target_id=The("arrow")),
        (gets("arrow", 5),),
    ),
    Case(
        "not_stackable",
        {"source_id": The("arrow"), "target_id": The("locked")},
        does("merge", source_id=The("arrow"), target_id=The("locked")),
        (
            gets("arrow", 5),
            splits("arrow", 2, "locked"),
            does("lock", item_id=The("locked")),
        ),
    ),
    *(
        Case(
            "split_exceeds",
            {"item_id": The("arrow"), "quantity": quantity, "has": 5},
            does("split", item_id=The("arrow"), quantity=quantity),
            (gets("arrow", 5),),
        )
        for quantity in (5, 6)
    ),
    Case(
        "wrong_position",
        {"position": 2, "capacity": 2},
        does("move", item_id=The("arrow"), position=2),
        (gets("arrow", 5),),
        TWO_SLOTS,
    ),
    # ------------------------------------------------------------------ what is used
    Case(
        "not_usable",
        {"item_id": The("arrow"), "template_id": "arrow"},
        uses("arrow"),
        (gets("arrow"),),
    ),
    Case(
        "not_usable",
        {"item_id": The("arrow"), "template_id": "arrow"},
        does("assign_quick_slot", item_id=The("arrow"), index=0),
        (gets("arrow"),),
    ),
    Case(
        "cooldown",
        {"group": "potions", "remaining_s": 30},
        uses("potion"),
        (gets("potion", 2), IS_HURT, uses("potion")),
    ),
    Case(
        "cooldown",
        {"group": "potions", "remaining_s": 18},
        uses("mana-potion"),
        (gets("potion"), gets("mana-potion"), IS_HURT, uses("potion"), Wait(12)),
    ),
    Case(
        "cooldown",
        {"group": "wand", "remaining_s": 1},
        uses("other"),
        (gets("wand"), gets("wand", called="other"), uses("wand"), Wait(4)),
    ),
    Case(
        "no_charges",
        {"item_id": The("wand")},
        uses("wand"),
        (gets("wand"), *(uses("wand"), Wait(5)) * 3),
    ),
    Case("no_effect", {"item_id": The("potion")}, uses("potion"), (gets("potion"),)),
    Case(
        "no_effect",
        {"item_id": The("other")},
        uses("other"),
        (gets("field-manual"), gets("field-manual", called="other"), uses("field-manual")),
    ),
    Case("quick_slot_empty", {"index": 3}, does("use_quick_slot", index=3)),
    Case(
        "no_effect",
        {"item_id": The("potion")},
        does("use_quick_slot", index=3),
        (gets("potion"), does("assign_quick_slot", item_id=The("potion"), index=3)),
    ),
    # ------------------------------------------------------------------ who does it
    *(
        Case(
            code,
            {},
            refused,
            (
                gets("leather"),
                gets("leather", called="worn"),
                equips("worn"),
                gets("mana-potion"),
                does("assign_quick_slot", item_id=The("mana-potion"), index=5),
                *how,
            ),
        )
        for code, how in (
            ("in_combat", (FIGHTS,)),
            ("dead", (DIES,)),
            ("dead", (FIGHTS, DIES)),
        )
        for refused in (
            uses("mana-potion"),
            does("use_quick_slot", index=5),
            equips("leather"),
            does("unequip", slot="chest"),
        )
        # which of the two it is for who puts something on is left open
        if len(how) == 1 or "use" in refused.type
    ),
)


@pytest.fixture
def clock() -> Iterator[WallClock]:
    clock = WallClock()
    with small_game(clock):
        yield clock


@pytest.fixture
def world(jumping_clock: None, clock: WallClock, nursery: trio.Nursery) -> SmallWorld:
    return SmallWorld(nursery)


class Player:
    """One character and the names of its items."""

    def __init__(self, server: Server, char_id: int, clock: WallClock) -> None:
        self.server = server
        self.char_id = char_id
        self.clock = clock
        self.named: dict[str, int] = {}

    async def does(self, *steps: Do | Wait) -> None:
        for step in steps:
            if isinstance(step, Wait):
                self.clock.now_s += step.seconds
            else:
                reply = (await self.send(step)).reply
                if step.called:
                    made = reply["item"] if "item" in reply else reply["items"][-1]
                    self.named[step.called] = made["item_id"]

    async def send(self, step: Do, message_id: str | None = None) -> Any:
        payload = {name: it for name, it in self.meant(step.payload).items() if it is not None}
        return await self.server.send(self.char_id, step.type, message_id, **payload)

    def meant(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """With ids in the place of names."""
        return {
            key: self.named[it.name] if isinstance(it, The) else it for key, it in payload.items()
        }


async def refusal(world: SmallWorld, player: Player, refused: Do) -> RefusedError:
    """Why it is refused, after having seen that it changed nothing anywhere."""
    before = await everything(world, player)
    with pytest.raises(RefusedError) as caught:
        await player.send(refused, "refused")
    assert await everything(world, player) == before
    return caught.value


async def everything(world: SmallWorld, player: Player) -> Mapping[str, Any]:
    """The two views of a character, and all that is stored."""
    inventory = await inventory_of(player.server, player.char_id)
    core = await player.server.view(player.char_id)
    await wait_all_tasks_blocked()
    return {"inventory": inventory, "core": core, **world.dump()}


@pytest.mark.parametrize("case", CASES, ids=[f"{n} {case}" for n, case in enumerate(CASES)])
async def test_a_refusal_says_why_and_changes_nothing(
    world: SmallWorld, clock: WallClock, case: Case
) -> None:
    server = await world.start(module_settings={"inventory": case.settings}, **QUIET)
    player = Player(server, await server.character(), clock)
    await player.does(*case.after)
    error = await refusal(world, player, case.refused)
    assert error.code == case.code
    told = {name: error.facts.get(name) for name in case.facts}
    assert told == player.meant(case.facts)
    assert error.detail


@pytest.mark.parametrize("whose", ["nobody's", "another's", "one's own but gone"])
@pytest.mark.parametrize(
    "refused",
    [
        does("inspect", item_id=The("it")),
        does("equip", item_id=The("it")),
        does("use", item_id=The("it")),
        does("move", item_id=The("it"), position=1),
        does("split", item_id=The("it"), quantity=1),
        does("merge", source_id=The("it"), target_id=The("own")),
        does("merge", source_id=The("own"), target_id=The("it")),
        does("assign_quick_slot", item_id=The("it"), index=0),
        does("drop", item_id=The("it")),
        does("discard", item_id=The("it"), confirm=True),
        does("lock", item_id=The("it")),
        does("unlock", item_id=The("it")),
    ],
    ids=str,
)
async def test_an_item_that_one_does_not_have_is_unknown(
    world: SmallWorld, clock: WallClock, refused: Do, whose: str
) -> None:
    server = await world.start(**QUIET)
    player = Player(server, await server.character(), clock)
    other = Player(server, await server.character("Tarn"), clock)
    await other.does(gets("candle", 3))
    await player.does(gets("candle", 3, "own"), splits("own", 1, "gone"))
    await player.does(does("drop", item_id=The("gone")))
    player.named["it"] = {
        "nobody's": NEVER_ISSUED,
        "another's": other.named["candle"],
        "one's own but gone": player.named["gone"],
    }[whose]
    error = await refusal(world, player, refused)
    assert (error.code, error.facts["item_id"]) == ("unknown_item", player.named["it"])


async def test_what_is_in_the_way_of_a_use_is_said_in_the_agreed_order(
    world: SmallWorld, clock: WallClock
) -> None:
    server = await world.start(**QUIET)
    player = Player(server, await server.character(), clock)
    await player.does(gets("wand"), gets("potion", 2))
    await player.does(IS_HURT, uses("potion"), changes(hp=1000), *(uses("wand"), Wait(5)) * 2)
    await player.does(uses("wand"), FIGHTS, DIES)

    async def codes() -> list[str]:
        attempts = (does("use", item_id=NEVER_ISSUED), uses("wand"), uses("potion"))
        return [(await refusal(world, player, each)).code for each in attempts]

    assert await codes() == ["unknown_item", "dead", "dead"]
    await player.does(changes(hp=1000))
    assert await codes() == ["unknown_item", "in_combat", "in_combat"]
    await player.does(Do("brawl.end", {}))
    assert await codes() == ["unknown_item", "cooldown", "cooldown"]
    await player.does(Wait(60))
    assert await codes() == ["unknown_item", "no_charges", "no_effect"]


async def test_in_a_fight_what_goes_into_the_hands_is_put_on_and_taken_off(
    world: SmallWorld, clock: WallClock
) -> None:
    server = await world.start(**QUIET)
    player = Player(server, await server.character(), clock)
    await player.does(gets("dagger"), gets("shield"), FIGHTS, equips("dagger"), equips("shield"))
    await player.does(does("unequip", slot="off_hand"), does("unequip", slot="main_hand"))
    assert not any((await inventory_of(server, player.char_id))["equipped"].values())


def test_every_refusal_that_was_agreed_on_is_met_here() -> None:
    assert {case.code for case in CASES} == CODES - {"unknown_item"}


def test_the_inventory_has_no_other_refusals() -> None:
    classes = [it for it in vars(refusals).values() if isinstance(it, type)]
    codes = {it.code for it in classes if issubclass(it, RefusedError)}
    assert codes - {RefusedError.code} <= CODES
