"""How much the tests do: what a push can wait for, or everything (`make soak`).

Nothing is left out of `make check`: it runs with fewer seeds, examples and messages. This is the
only place that reads how many.

    GAMESTATE_TEST_SOAK=1   full length
    SEEDS=300 FROM=1000     which seeds of the simulation
    GAMESTATE_TEST_SEED=7   what tests draw that choose at random
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from random import randrange
from typing import Final, TypeVar

from hypothesis import settings

T = TypeVar("T")

SOAK: Final = os.environ.get("GAMESTATE_TEST_SOAK") == "1"


def effort(check: T, soak: T) -> T:
    """The first in `make check`, the second in `make soak`."""
    return soak if SOAK else check


def examples(number: int) -> settings:
    """So many examples of a property in `make check`, ten times as many in `make soak`."""
    return settings(max_examples=effort(number, 10 * number))


SEEDS: Final = int(os.environ.get("SEEDS") or effort(100, 300))
"""Seeds of the simulation in one run."""


def share() -> None:
    """Draw once, for all processes of a run, what they have to agree on."""
    os.environ.setdefault("GAMESTATE_TEST_SEED", str(randrange(1_000_000)))
    if not os.environ.get("FROM"):
        os.environ["FROM"] = str(datetime.now(UTC).toordinal() % 10_000 * SEEDS)


def seed() -> int:
    """What a test draws from that chooses at random; it belongs into the test's name."""
    return int(os.environ["GAMESTATE_TEST_SEED"])


def seeds(at_once: int) -> list[range]:
    """The seeds of the simulation for this run, in ranges: other ones every day."""
    first = int(os.environ["FROM"])
    end = first + SEEDS
    return [range(start, min(start + at_once, end)) for start in range(first, end, at_once)]
