"""One seed, one run: all that a run gets from outside itself comes from the seed."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import trio
from trio._core import _run as scheduler
from trio.testing import MockClock

from gamestate.content.catalogue import Catalogue, read
from gamestate.content.live import LiveContent
from tests.support.game import START_S

CONTENT: Final = Path(__file__).parent / "content"


def stream(seed: int, purpose: str) -> random.Random:
    """The random numbers of one purpose: what one part of a run draws moves no other part."""
    return random.Random(f"{seed}:{purpose}")


def run_reproducibly(seed: int, main: Callable[[], Awaitable[Any]]) -> Any:
    """`trio.run` on a clock that jumps ahead, in a process in which nothing else is random."""
    with _from(seed):
        return trio.run(main, clock=MockClock(autojump_threshold=0))


@contextmanager
def _from(seed: int) -> Iterator[None]:
    """Trio sorts the tasks that can run and shuffles them with a generator of its own, if it is
    told to (that is what it does for Hypothesis); session and snapshot ids are random UUIDs; the
    supervisor's jitter is from `random`; a new character is told the time."""
    uuids, tasks = stream(seed, "uuid"), scheduler._r  # noqa: SLF001  # trio offers no other way
    with ExitStack() as patches:
        patches.callback(random.setstate, random.getstate())
        patches.callback(tasks.setstate, tasks.getstate())
        random.seed(seed)
        tasks.seed(seed)
        for owner, name, replacement in (
            (scheduler, "_ALLOW_DETERMINISTIC_SCHEDULING", True),
            (uuid, "uuid4", lambda: uuid.UUID(int=uuids.getrandbits(128), version=4)),
            (time, "time", lambda: START_S),
        ):
            patches.enter_context(patch.object(owner, name, replacement))
        yield


def content() -> LiveContent:
    """A pack as small as can be: a server starts in milliseconds."""
    return LiveContent(_catalogue())


@cache
def _catalogue() -> Catalogue:
    return read([CONTENT])
