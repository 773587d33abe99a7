"""Keeps the garbage collector from looking at characters: they have no cycles, and there are many.

A full collection looks at every tracked object; at 20,000 characters that was measured at hundreds
of milliseconds, in which nothing is answered. So what lives long is moved out of its sight
(`gc.freeze`) whenever much of it was made, after one collection of what is new; and young objects
are looked at rarely, because a turn's objects die by themselves. A frozen object is still freed
when its last reference goes; only a cycle among frozen objects would stay for ever, and characters
make none. Source: docs/decisions/0005-garbage.md"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

import trio

YOUNG: Final = 50_000
"""New objects between two collections of the young."""

LOOK_S: Final = 0.02
"""How often it is looked whether much was made, seconds."""

MANY: Final = 5_000
"""How many new objects are frozen together: to collect them takes a few milliseconds."""

PER_ACTIVATION: Final = 30
"""About how many tracked objects a character with an inventory is made of."""

PER_TURN: Final = 4
"""About how many of them the next state of a character does not share with the one before."""


class GarbageKeeper:
    """Freezes what has come with `activations()` and `turns()`, two counts that only grow."""

    def __init__(self, activations: Callable[[], int], turns: Callable[[], int]) -> None:
        self._activations = activations
        self._turns = turns
        self._frozen_at = 0

    async def run(self) -> None:
        """Keep for ever; the collector is as before at the end."""
        before = gc.get_threshold()
        gc.set_threshold(YOUNG, 50, 1_000)
        freeze()
        try:
            while True:
                await trio.sleep(LOOK_S)
                self._freeze_if_much()
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()

    def _freeze_if_much(self) -> None:
        made = PER_ACTIVATION * self._activations() + PER_TURN * self._turns()
        if made - self._frozen_at >= MANY:
            self._frozen_at = made
            freeze()


def freeze() -> None:
    """Collect what is new, then hide what is left."""
    gc.collect()
    gc.freeze()
