"""One seed from beginning to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import trio
from attrs import evolve, frozen

from tests.simulation.clients import Client
from tests.simulation.determinism import run_reproducibly
from tests.simulation.history import History
from tests.simulation.judgement import Judgement
from tests.simulation.nemesis import Nemesis
from tests.simulation.schedule import Schedule, schedule_of
from tests.simulation.world import NAMES, World

SHOWN: Final = 60
LONGEST_S: Final = 600.0
"""Virtual seconds after which a run counts as stuck."""


@frozen
class Run:
    """What came of a seed. `broken`: the first promise that was; None: none was."""

    schedule: Schedule
    history: History

    @property
    def seed(self) -> int:
        """Which."""
        return self.schedule.seed

    @property
    def broken(self) -> str | None:
        """The first broken promise."""
        return self.history.broken

    def report(self, shown: int = SHOWN) -> str:
        """What a person needs who has to find out why."""
        return "\n".join(
            [
                *self.history.tail(shown),
                "",
                f"seed {self.seed}: {self.broken or 'every promise was kept'}",
                f"digest {self.history.digest()}",
                f"again: make simulate FROM={self.seed} SEEDS=1",
            ]
        )


def run(seed: int) -> Run:
    """Play the schedule of a seed."""
    schedule, history = schedule_of(seed), History()

    async def main() -> None:
        with trio.CancelScope() as scope:
            history.on_break = scope.cancel
            async with trio.open_nursery() as nursery:
                with trio.move_on_after(LONGEST_S) as patience:
                    await _play(World(schedule, history, nursery))
                if patience.cancelled_caught:
                    history.breaks(f"it does not come to an end within {LONGEST_S} s")
                nursery.cancel_scope.cancel()

    run_reproducibly(seed, main)
    return Run(schedule, history)


async def _play(world: World) -> None:
    schedule = world.schedule
    world.history.note("schedule", str(evolve(schedule, events=())))
    world.calm = True
    for name in NAMES[: schedule.servers]:
        await world.until_up(world.start(name))
    await world.create_characters()
    world.calm = False
    async with trio.open_nursery() as players:
        for number in range(schedule.clients):
            players.start_soon(Client(world, number).play)
        async with trio.open_nursery() as fate:
            fate.start_soon(Nemesis(world).run)
            await trio.sleep(schedule.lasts_s)
        players.cancel_scope.cancel()
    await Judgement(world).hold()


def first_broken(seeds: Sequence[int]) -> Run | None:
    """The first run that breaks a promise."""
    return next((made for made in map(run, seeds) if made.broken is not None), None)
