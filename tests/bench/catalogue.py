"""Every benchmark, in the order they run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.bench.ask import ASK
from tests.bench.backup import BACKUP
from tests.bench.case import Benchmark
from tests.bench.durable import DURABLE, DURABLE_ALONE
from tests.bench.edge import EDGE
from tests.bench.inventory import INVENTORY_TURNS
from tests.bench.memory import MEMORY, PAUSE
from tests.bench.restore import RESTORE

BENCHMARKS: Final[Sequence[Benchmark]] = (
    ASK,
    DURABLE,
    DURABLE_ALONE,
    EDGE,
    RESTORE,
    BACKUP,
    *INVENTORY_TURNS,
    MEMORY,
    PAUSE,
)
