"""The effects that the modules of the server apply, grouped by the module that applies them. A
module of a game may define its own.

All effects of a turn are in its commit, or the turn is refused."""

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
    """The character enters a state (`inventory`, `combat`, …), if the state machine allows it."""

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
    """Add points to vitals, or take them (negative); the result is clamped to 0…max."""

    target = CORE
    changes: Mapping[str, int]


@frozen
class MoveTo(Effect):
    """Move the character to another location."""

    target = CORE
    location: str


@frozen
class LearnSkill(Effect):
    """Raise the stat `skill` to at least `level`; a stat the character does not have is added."""

    target = CORE
    skill: str
    level: int


@frozen
class AdjustStats(Effect):
    """Add points to stats the character has, or take them (negative); refused if one would leave
    its bounds."""

    target = CORE
    changes: Mapping[str, int]


# ------------------------------------------------------------------ effects on the inventory

INVENTORY: Final = "inventory"


@frozen
class GrantItems(Effect):
    """Give items, all of them or none. Reply: as `inventory.grant`."""

    target = INVENTORY
    template_id: str
    quantity: int = field(validator=ge(1))


@frozen
class TakeItems(Effect):
    """Take items from the stacks of the backpack, the lowest id first, all of them or none. Items
    that are worn or locked are left alone; no other mark protects an item.

    Refused with `not_enough`. Reply: `template_id`, `taken`, and the totals.
    """

    target = INVENTORY
    template_id: str
    quantity: int = field(validator=ge(1))


@frozen
class UseItemInFight(Effect):
    """Use an item, as by `inventory.use`, but also in a fight. Reply: as there.

    `random`: rolls its dice; None: the turn's own randomness.
    """

    target = INVENTORY
    item_id: int
    random: RandomStream | None = None


# ------------------------------------------------------------------ effects on fights and scenarios

COMBAT: Final = "combat"
SCENARIO: Final = "scenario"

VICTORY: Final = "victory"
DEFEAT: Final = "defeat"
FLED: Final = "fled"
ENDED: Final = "ended"
OUTCOMES: Final = (VICTORY, DEFEAT, FLED, ENDED)
"""How a fight ends; `ended`: by an operator, or after too many rounds."""


@frozen
class StartFight(Effect):
    """Start a fight. `monsters`: (monster id, count). `seed`: fixes every roll; None: the turn
    draws one. `came_from`: the state the character returns to."""

    target = COMBAT
    monsters: tuple[tuple[str, int], ...]
    seed: int | None = None
    came_from: str = "exploration"


@frozen
class FightEnded(Effect):
    """The fight that a scenario asked for is over. `outcome`: 'victory', 'defeat', 'fled' or
    'ended'."""

    target = SCENARIO
    outcome: str
