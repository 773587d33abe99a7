"""Random stories of two characters, told to the running game and to a model of the rules.

After every step the game must have answered as the model says, and show what the model holds; after
a crash it must show what it showed before. The servers are real up to the stores, which are those
in memory that the conformance suite holds to the real ones.

`make check` tells the same stories every time, `make soak` others after them. A story that fails is
told again in as few steps as it still fails with, and these come with what was said and with the
seed.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Final

import pytest

from gamestate.errors import RefusedError
from gamestate.modules.inventory import refusals
from tests.support.effort import effort
from tests.support.game import run_jumping
from tests.support.inventory.story import Story, invent, shortened
from tests.support.inventory.teller import Outcomes, tell

STEPS_OF_A_STORY: Final = 120
STORIES_OF_A_CHAPTER: Final = 30
CHAPTERS: Final = effort(1, 100)

COMMANDS: Final = frozenset(
    "open view inspect grant equip unequip use move split merge assign_quick_slot clear_quick_slot"
    " use_quick_slot drop discard lock unlock close".split()
)
REFUSALS: Final = frozenset(
    "unknown_item bag_full too_heavy not_equippable wrong_slot requirement_not_met"
    " two_handed_conflict unique_equipped slot_empty equipped not_enough no_drop quest_item bound"
    " locked stack_limit not_stackable split_exceeds cooldown no_charges not_usable no_effect"
    " confirmation_required wrong_position quick_slot_empty in_combat dead".split()
)


@pytest.mark.parametrize("chapter", range(CHAPTERS))
def test_the_inventory_follows_its_rules_in_every_story_and_survives_every_crash(
    chapter: int,
) -> None:
    outcomes: Outcomes = Counter()
    first = chapter * STORIES_OF_A_CHAPTER
    for seed in range(first, first + STORIES_OF_A_CHAPTER):
        outcomes += outcomes_of(seed)
    if not chapter:  # a later one may do without what is rare
        assert {command for command, answer in outcomes if answer == "ok"} == COMMANDS
        assert {answer for _, answer in outcomes} == {"ok", *REFUSALS}


def test_the_model_knows_every_refusal_of_the_inventory() -> None:
    classes = [it for it in vars(refusals).values() if isinstance(it, type)]
    codes = {it.code for it in classes if issubclass(it, RefusedError)}
    assert codes - {RefusedError.code} <= REFUSALS


def outcomes_of(seed: int) -> Outcomes:
    story = invent(seed, STEPS_OF_A_STORY)
    try:
        return play(story)
    except Exception:  # noqa: BLE001  # whatever it is, it is told again in fewer steps
        story = shortened(story, fails)
    try:
        play(story)
    except Exception as error:
        error.add_note(f"seed {seed}:\n{story}")
        raise
    raise AssertionError(f"seed {seed} failed once and not again:\n{story}")


def play(story: Story) -> Outcomes:
    outcomes: Outcomes = run_jumping(partial(tell, story))
    return outcomes


def fails(story: Story) -> bool:
    try:
        play(story)
    except Exception:  # noqa: BLE001  # as in `outcomes_of`
        return True
    return False
