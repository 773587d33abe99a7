"""Stories of what happens to two characters and their server: invented from a seed, and made
shorter.

Hypothesis was tried first: it likes to repeat itself, which finds little in stories, and could not
shorten one that needs a server to be told.

Items are named by a number that the teller turns into one that the character has by then, or by
their template, so that a story keeps its sense when steps are left out of it. A slot that is a
number is one of those that suit the item, or are in use; a quick slot below 0 is one of those in
use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from attrs import evolve, frozen

from tests.support.inventory.catalogue import ITEMS
from tests.support.inventory.words import RARITIES, SLOTS, Settings

NOBODYS: Final = -1
ANOTHERS: Final = -2
"""Instead of the number of an item: one that nobody has, one that the other character has."""

DIES_MEANWHILE: Final = 0.03
"""How often the server dies while it is asked, after a few of trio's steps."""

ITEM_NUMBERS: Final = range(ANOTHERS, 60)
THEMES: Final = (
    ("longsword", "dagger", "greatsword", "greatsword", "shield", "wand"),
    ("plate", "leather", "veterans-helm", "field-manual", "belt-of-might", "elixir-of-might"),
    ("ring-of-grace", "one-ring", "blood-ring", "heirloom", "seal"),
    ("potion", "mana-potion", "salve", "wand", "tonic-of-might", "elixir-of-might"),
    ("arrow", "candle", "ruby", "seal", "potion"),
)
SORTS: Final = ("type", "rarity", "value", "weight", "name", "position")


@frozen
class Step:
    """One thing that happens; `kind` is a method of the teller. `hero`: whom it happens to."""

    kind: str
    hero: int
    details: Mapping[str, Any]


@frozen
class Story:
    """The server's settings, and everything that happens."""

    settings: Settings
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, (self.settings, *self.steps)))


def invent(seed: int, length: int) -> Story:
    """A story of this many steps. Each has a liking of its own for some kinds of steps and some
    templates, so that what seldom happens is often met somewhere."""
    random = Random(seed)
    shelf = _shelf(random)
    likes = [random.choice((0.3, 1, 1, 3)) * weight for weight, _, _ in HAPPENINGS]
    steps = [_granted(random, shelf, at) for at in range(min(length, random.randint(5, 12)))]
    while len(steps) < length:
        [(_, kind, details)] = random.choices(HAPPENINGS, likes)
        if kind == "plot":
            steps += random.choice(PLOTS)
        elif kind == "grant":
            steps.append(_granted(random, shelf))
        else:
            steps.append(Step(kind, random.choice((0, 0, 0, 1)), details(random)))
        if steps[-1].kind == "asks" and random.random() < DIES_MEANWHILE:
            details_too = {**steps[-1].details, "dies_after": random.randint(0, 12)}
            steps[-1] = evolve(steps[-1], details=details_too)
    return Story(_settings(random), tuple(steps[:length]))


def shortened(story: Story, fails: Callable[[Story], bool]) -> Story:
    """The story without what it needs not to fail: halves are left out first, single steps last."""
    size = len(story.steps) // 2
    while size:
        before, start = story, 0
        while start < len(story.steps):
            fewer = story.steps[:start] + story.steps[start + size :]
            if fails(evolve(story, steps=fewer)):
                story = evolve(story, steps=fewer)
            else:
                start += size
        size = size // 2 if size > 1 or story == before else 1
    return story


def _shelf(random: Random) -> list[str]:
    """The templates of a story: any, or all that have to do with each other and some besides."""
    alike = random.choice((*THEMES, ()))
    others = random.sample(sorted(ITEMS), random.randint(4, 14))
    shelf = [*alike, *alike, *others]
    random.shuffle(shelf)
    return shelf


def _settings(random: Random) -> Settings:
    return Settings(
        capacity_slots=random.randint(4, 18),
        slots_per_strength=random.choice((0, 0, 1)),
        carry_lb_per_strength=random.choice((15, 15, 3)),
        enforce_weight=random.random() < 0.4,
        refill_quick_slots=random.random() < 0.5,
        confirm_discard_from=random.choice((*RARITIES, "never")),
        clean_up=random.choice(("lazy", "aggressive")),
    )


def _granted(random: Random, shelf: list[str], at: int | None = None) -> Step:
    template_id = random.choice(shelf) if at is None else shelf[at % len(shelf)]
    quantity = random.choice((1, 2, 3, 5, 8, 22, 45))
    payload = {"template_id": template_id, "quantity": quantity, "partial": random.random() < 0.5}
    return Step("asks", random.choice((0, 0, 0, 1)), {"action": "grant", **payload})


# ---------------------------------------------------------------------- the details of a step


def _item(random: Random) -> int:
    return random.choice(ITEM_NUMBERS)


def _some(random: Random) -> int:
    return random.choice((1, 1, 2, 3, 5, 9, 30))


def _some_or_all(random: Random) -> int | None:
    return random.choice((None, _some(random)))


def _quick_slot(random: Random) -> int:
    return random.choice((0, 1, 2, random.randint(0, 5)))


def _equip(random: Random) -> dict[str, Any]:
    slot = random.choice((None, None, 0, 1, _slot(random)))
    return {"action": "equip", "item_id": _item(random), "slot": slot}


def _slot(random: Random) -> str:
    return random.choice((*SLOTS, *SLOTS, "tail"))


def _unequip(random: Random) -> dict[str, Any]:
    return {"action": "unequip", "slot": random.choice((0, 1, 2, 3, _slot(random)))}


def _use(random: Random) -> dict[str, Any]:
    return {"action": "use", "item_id": _item(random)}


def _assign(random: Random) -> dict[str, Any]:
    index = _quick_slot(random)
    return {"action": "assign_quick_slot", "item_id": _item(random), "index": index}


def _of_quick_slot(random: Random) -> dict[str, Any]:
    action = random.choice((*["use_quick_slot"] * 4, "clear_quick_slot"))
    return {"action": action, "index": random.choice((-1, -2, _quick_slot(random)))}


def _move(random: Random) -> dict[str, Any]:
    return {"action": "move", "item_id": _item(random), "position": random.randint(0, 20)}


def _split(random: Random) -> dict[str, Any]:
    return {"action": "split", "item_id": _item(random), "quantity": _some(random)}


def _merge(random: Random) -> dict[str, Any]:
    mate = random.choice((0, 0, 0, 0, 1, 2, 7, NOBODYS))
    return {"action": "merge", "source_id": _item(random), "target_id": mate}


def _drop(random: Random) -> dict[str, Any]:
    return {"action": "drop", "item_id": _item(random), "quantity": _some_or_all(random)}


def _discard(random: Random) -> dict[str, Any]:
    amount = {"quantity": _some_or_all(random), "confirm": random.random() < 0.5}
    return {"action": "discard", "item_id": _item(random), **amount}


def _touch(random: Random) -> dict[str, Any]:
    action = random.choice(("lock", "lock", "unlock", "inspect"))
    return {"action": action, "item_id": _item(random)}


def _look(random: Random) -> dict[str, Any]:
    if random.random() < 0.6:
        return {"action": random.choice(("open", "close", "view"))}
    return {
        "action": "view",
        "kind": random.choice((None, "weapon", "consumable", "no such")),
        "rarity": random.choice((None, None, *RARITIES)),
        "sort": random.choice(SORTS),
        "order": random.choice(("asc", "desc")),
    }


def _points(random: Random) -> dict[str, Any]:
    change = random.choice((-1000, -30, -30, -8, 8, 30, 1000, 1000))
    return {"vital": random.choice(("hp", "hp", "mp")), "change": change}


def _training(random: Random) -> dict[str, Any]:
    return {"stat": random.choice(("strength", "agility")), "change": random.randint(-4, 6)}


def _fight(random: Random) -> dict[str, Any]:
    return {"action": random.choice(("begin", "end", "end"))}


def _time(random: Random) -> dict[str, Any]:
    return {"seconds": random.choice((1, 4, 5, 19, 30, 60, 130))}


def _loss(random: Random) -> dict[str, Any]:
    return {"what": random.choice(("everything", "the session"))}


def _nothing(_: Random) -> dict[str, Any]:
    return {}


def _asks(action: str, **details: Any) -> Step:
    return Step("asks", 0, {"action": action, **details})


def _gets(template_id: str) -> Step:
    return _asks("grant", template_id=template_id, quantity=2, partial=True)


WAITS: Final = Step("lets_time_pass", 0, {"seconds": 5})

PLOTS: Final[tuple[tuple[Step, ...], ...]] = (
    (_gets("wand"), *(_asks("use", item_id="wand"), WAITS) * 4),
    (_gets("cookbook"), *[_asks("use", item_id="cookbook")] * 3),
    (_gets("one-ring"), *[_asks("equip", item_id="one-ring")] * 2),
    (
        _gets("blood-ring"),
        _asks("equip", item_id="blood-ring", slot="accessory_1"),
        _asks("unequip", slot="accessory_1"),
        _asks("drop", item_id="blood-ring"),
    ),
    (
        _gets("shield"),
        _gets("greatsword"),
        _asks("equip", item_id="greatsword"),
        _asks("equip", item_id="shield"),
    ),
    (_gets("heirloom"), _asks("drop", item_id="heirloom")),
    (_gets("ruby"), _asks("discard", item_id="ruby")),
)
"""What seldom happens by itself."""

Happening = tuple[float, str, Callable[[Random], dict[str, Any]]]

HAPPENINGS: Final[tuple[Happening, ...]] = (
    (3, "grant", _nothing),
    (5, "asks", _equip),
    (2, "asks", _unequip),
    (7, "asks", _use),
    (3, "asks", _assign),
    (3, "asks", _of_quick_slot),
    (2, "asks", _move),
    (2, "asks", _split),
    (2, "asks", _merge),
    (2, "asks", _drop),
    (2, "asks", _discard),
    (2, "asks", _touch),
    (2, "asks", _look),
    (1, "plot", _nothing),
    (2, "changes_vital", _points),
    (1, "changes_stat", _training),
    (1, "fights", _fight),
    (2, "lets_time_pass", _time),
    (1, "repeats", _nothing),
    (0.7, "crashes", _nothing),
    (0.5, "crashes_with_redis", _nothing),
    (0.5, "loses", _loss),
    (0.5, "leaves_and_returns", _nothing),
)
"""How often each kind of step is met, and where its details come from."""
