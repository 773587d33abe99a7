"""The changes that modules ask of one another, by who applies them. A game's own module brings its
own beside these.

What an effect of a turn comes to is part of that turn: the same commit, or none of it happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen
from attrs.validators import ge

from gamestate.content.dice import RandomStream
from gamestate.contract.turn import CORE, Effect

# ------------------------------------------------------------------ effects on the core


@frozen
class EnterState(Effect):
    """The character goes into a state (`inventory`, `combat`, …), if the state machine allows
    it."""

    target = CORE
    state: str


@frozen
class LeaveState(Effect):
    """The character leaves `state` for `to`; nothing happens if it is in another state."""

    target = CORE
    state: str
    to: str = "exploration"


@frozen
class AdjustVitals(Effect):
    """Points are added to (or taken from) vitals, clamped to 0…max."""

    target = CORE
    changes: Mapping[str, int]


@frozen
class MoveTo(Effect):
    """The character is moved to another location."""

    target = CORE
    location: str


@frozen
class LearnSkill(Effect):
    """The stat `skill` becomes at least `level`; one the character did not have yet is added."""

    target = CORE
    skill: str
    level: int


@frozen
class AdjustStats(Effect):
    """Points are added to (or taken from) stats the character has; refused where one would leave
    its bounds."""

    target = CORE
    changes: Mapping[str, int]


# ------------------------------------------------------------------ effects on the inventory

INVENTORY: Final = "inventory"


@frozen
class GrantItems(Effect):
    """Items are given, all of them or none. Reply: as `inventory.grant`."""

    target = INVENTORY
    template_id: str
    quantity: int = field(validator=ge(1))


@frozen
class TakeItems(Effect):
    """Items are taken from the stacks of the backpack, the lowest id first, all of them or none.
    What is worn or locked is left alone; no other mark protects an item.

    Refused with `not_enough`. Reply: `template_id`, `taken`, and the totals.
    """

    target = INVENTORY
    template_id: str
    quantity: int = field(validator=ge(1))


@frozen
class UseItemInFight(Effect):
    """An item is used, as by `inventory.use`, but also in a fight. Reply: as there.

    `random`: what its dice are cast with; None: the turn's own randomness.
    """

    target = INVENTORY
    item_id: int
    random: RandomStream | None = None


# ------------------------------------------------------------------ effects on fights and scenarios


@frozen
class StartFight(Effect):
    """A fight begins. `monsters`: (monster id, count). `seed`: fixes every roll; None: the turn
    draws one. `came_from`: the state the character goes back to."""

    target = "combat"
    monsters: tuple[tuple[str, int], ...]
    seed: int | None = None
    came_from: str = "exploration"


@frozen
class FightEnded(Effect):
    """The fight that a scenario asked for is over. `outcome`: 'victory', 'defeat', 'fled' or
    'ended'."""

    target = "scenario"
    outcome: str
