"""Would every stored character load? Reads Postgres page by page, claims and writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

from attrs import frozen

from gamestate.contract.module import SessionModule
from gamestate.game.stored.examination import Problem, core_problems, session_problems
from gamestate.game.stored.snapshots import snapshots_of
from persistence.cold.store import ColdStore
from persistence.records import CharacterRow

PAGE_SIZE: Final = 500
"""Characters in memory at once."""


@frozen
class Page:
    """The result for one page of characters."""

    characters: int
    sessions: int
    problems: Sequence[Problem]


async def verified(
    cold: ColdStore, modules: Mapping[str, SessionModule], page: int = PAGE_SIZE
) -> AsyncGenerator[Page, None]:
    """Decode the core and all sessions of every character as a restore does, by ascending id.

    Raises: ColdStoreUnavailableError."""
    after = 0
    while rows := await cold.page(after, page):
        after = rows[-1].char_id
        yield await _page(cold, modules, rows)


async def _page(
    cold: ColdStore, modules: Mapping[str, SessionModule], rows: Sequence[CharacterRow]
) -> Page:
    problems: defaultdict[int, list[Problem]] = defaultdict(list)
    for row in rows:
        problems[row.char_id] += core_problems(row)
    char_ids, sessions = [row.char_id for row in rows], 0
    for module in modules.values():
        for snapshot in (await snapshots_of(cold, module, char_ids)).values():
            sessions += bool(snapshot.document or snapshot.items or snapshot.state)
            problems[snapshot.char_id] += session_problems(module, snapshot)
    found = [problem for char_id in char_ids for problem in problems[char_id]]
    return Page(len(rows), sessions, found)
