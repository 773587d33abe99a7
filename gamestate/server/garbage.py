"""Keeps the garbage collector from traversing characters: they have no cycles, and there are many.

A full collection traverses every tracked object; at 20,000 characters that was measured at hundreds
of milliseconds, in which nothing is answered. So long-lived objects are frozen (`gc.freeze`)
whenever many were made, after one collection of the new ones; and young objects are collected
rarely, because reference counting frees a turn's objects. A frozen object is still freed when its
last reference goes; only a cycle among frozen objects would leak, and characters make none.
Source: docs/decisions/0005-garbage.md"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

import trio

YOUNG_THRESHOLD: Final = 50_000
"""New objects between two collections of the youngest generation."""

CHECK_PERIOD_S: Final = 0.02

FREEZE_AFTER_OBJECTS: Final = 5_000
"""New objects that are frozen together: collecting them takes a few milliseconds."""

OBJECTS_PER_ACTIVATION: Final = 30
"""Tracked objects of a character with an inventory, about."""

OBJECTS_PER_TURN: Final = 4
"""Tracked objects that the next state of a character does not share with the one before, about."""


class GarbageKeeper:
    """Freezes new objects by an estimate from `activations()` and `turns()`, which only grow."""

    def __init__(self, activations: Callable[[], int], turns: Callable[[], int]) -> None:
        self._activations = activations
        self._turns = turns
        self._frozen_at = 0

    async def run(self) -> None:
        """Run until cancelled; then the collector is as before."""
        before = gc.get_threshold()
        gc.set_threshold(YOUNG_THRESHOLD, 50, 1_000)
        freeze()
        try:
            while True:
                await trio.sleep(CHECK_PERIOD_S)
                self._freeze_if_due()
        finally:
            gc.set_threshold(*before)
            gc.unfreeze()

    def _freeze_if_due(self) -> None:
        turns = OBJECTS_PER_TURN * self._turns()
        made = OBJECTS_PER_ACTIVATION * self._activations() + turns
        if made - self._frozen_at >= FREEZE_AFTER_OBJECTS:
            self._frozen_at = made
            freeze()


def freeze() -> None:
    """Collect the new objects, then freeze what is left."""
    gc.collect()
    gc.freeze()
