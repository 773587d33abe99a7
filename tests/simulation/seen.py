"""One state of one character as somebody sees it: a client, or who looks into a store."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import orjson
from attrs import frozen

from persistence.hot import keys
from persistence.testing import MemoryColdStore, MemoryHotStore
from tests.simulation.message import TALLIES

MARCHED: Final = "marched"
COUNTED: Final = (*TALLIES, MARCHED)
MEDAL, RELIC, DRAUGHT = "medal", "relic", "draught"


@frozen
class Seen:
    """What was seen; None for what was not.

    Attributes:
        where: who saw it, for the history.
        steps: of the march that is under way.
        items: item id to (template id, quantity).
    """

    where: str
    char_id: int
    epoch: int
    version: int
    stats: Mapping[str, int] | None = None
    steps: int | None = None
    items: Mapping[int, tuple[str, int]] | None = None

    def __str__(self) -> str:
        counted = [value for name, value in (self.stats or {}).items() if name in COUNTED]
        return f"{self.char_id} e{self.epoch} v{self.version} {counted}"

    def count(self, template_id: str) -> int:
        """How many of a template are there."""
        carried = (self.items or {}).values()
        return sum(quantity for template, quantity in carried if template == template_id)

    def torn(self) -> str | None:
        """What says that its parts are not of one version. Every step of a march adds one to the
        core, one to the scenario and one medal to the inventory, in one turn."""
        if self.stats is None:
            return None
        marched = self.stats[MARCHED]
        if self.steps is not None and self.steps != marched:
            return f"the core says {marched} steps, the scenario {self.steps}"
        if self.items is not None and self.count(MEDAL) != marched:
            return f"the core says {marched} steps, the inventory {self.count(MEDAL)} medals"
        return None


def in_redis(hot: MemoryHotStore, char_id: int) -> Seen | None:
    """What Redis has; None if it does not know the character."""
    core = hot.core(char_id)
    if not core:
        return None
    found = Seen("Redis", char_id, int(core[keys.EPOCH]), int(core.get(keys.VERSION, b"0")))
    if b"stats" not in core:
        return found
    return Seen(
        found.where,
        char_id,
        found.epoch,
        found.version,
        orjson.loads(core[b"stats"]),
        _steps(_session(hot, core, "scenario").get(b"variables")),
        _items(_session(hot, core, "inventory")),
    )


async def in_postgres(cold: MemoryColdStore, char_id: int) -> Seen:
    """What Postgres has."""
    row = (await cold.read([char_id]))[0]
    assert row is not None
    document = (await cold.documents("scenario", [char_id])).get(char_id)
    stored = (await cold.items([char_id])).get(char_id)
    items = (
        {}
        if stored is None
        else {one.item_id: (one.template_id, one.quantity) for one in stored.rows}
    )
    variables = orjson.loads(document.data)["variables"] if document is not None else None
    steps = None if variables is None else variables["steps"]
    return Seen("Postgres", char_id, row.epoch, row.version, row.stats, steps, items)


def sessions_of(hot: MemoryHotStore, char_id: int, modules: Collection[str]) -> list[bytes]:
    """The keys of the sessions that the core in Redis names."""
    core = hot.core(char_id)
    named = ((module, core.get(keys.session_field(module).encode())) for module in modules)
    return [keys.session_prefix(module) + name for module, name in named if name]


def _session(
    hot: MemoryHotStore, core: Mapping[bytes, bytes], module: str
) -> Mapping[bytes, bytes]:
    name = core.get(keys.session_field(module).encode())
    return hot.session(keys.session_prefix(module) + name) if name else {}


def _steps(variables: bytes | None) -> int | None:
    return None if variables is None else orjson.loads(variables)["steps"]


def _items(session: Mapping[bytes, bytes]) -> Mapping[int, tuple[str, int]] | None:
    if keys.METADATA not in session:
        return None
    stored: dict[int, Any] = {
        int(name.removeprefix(b"item:")): orjson.loads(value)
        for name, value in session.items()
        if name.startswith(b"item:")
    }
    return {item_id: (it["template_id"], it["quantity"]) for item_id, it in stored.items()}


def items_shown(view: Mapping[str, Any]) -> Mapping[int, tuple[str, int]]:
    """The items of an inventory as a client sees it."""
    worn = [item for item in view["equipped"].values() if item is not None]
    return {
        item["item_id"]: (item["template_id"], item["quantity"])
        for item in (*worn, *view["backpack"])
    }
