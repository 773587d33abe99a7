"""Clients of a server: some that make characters and look at them, and some that play until they
are stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Final, Self

from tests.support.outcomes import ledgers_of
from tests.support.players.ledger import Account, Audit, Ledger, MixedPlay, ScriptPlayer, opening
from tests.support.players.load import Load, LoadReport, Player, apply_load
from tests.support.servers.waiting import wait_until

Accounts = list[list[Account]]
"""By client: nobody else plays its characters."""

PLENTY: Final = 20_000
"""Messages, for each client: more than it will play."""
SETTLED_WITHIN_S: Final = 60.0


def play(port: int, clients: int, players: Callable[[int], Player]) -> Sequence[Any]:
    """Apply a load to its end; the players' results."""
    return asyncio.run(apply_load(Load(port, clients, players))).results


def create_characters(port: int, clients: int, characters: int, items_each: int) -> Accounts:
    """Created, logged in and equipped through the API; an account each, by client."""

    def player(client: int) -> ScriptPlayer:
        return ScriptPlayer(opening(range(client, characters, clients), items_each))

    return list(play(port, clients, player))


def audit(port: int, accounts: Accounts) -> Sequence[Ledger]:
    """Compare everything of every character with its account."""
    ledgers: Sequence[Ledger] = play(port, len(accounts), Audit(accounts))
    return ledgers


class Clients:
    """They play a mixture of messages in a thread of their own, from `with` until `finish`."""

    def __init__(self, port: int, accounts: Accounts, seed: str) -> None:
        self.answered = 0
        self._over = threading.Event()
        players = MixedPlay(accounts, PLENTY, seed, self._over.is_set)
        self._load = Load(port, len(accounts), players)
        self._pool = ThreadPoolExecutor(1, "clients")
        self._report: Future[LoadReport] | None = None

    def __enter__(self) -> Self:
        self._report = self._pool.submit(asyncio.run, apply_load(self._load, self._count))
        return self

    def wait_answered(self, how_many: int) -> None:
        """Return when so many requests were answered."""
        report = self._report
        assert report is not None
        wait_until(lambda: self.answered >= how_many or report.done())
        if self.answered < how_many:
            report.result()

    def finish(self) -> list[Ledger]:
        """Begin nothing new, settle what is in doubt; what they wrote down."""
        assert self._report is not None
        self._over.set()
        return ledgers_of(self._report.result(SETTLED_WITHIN_S))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._pool.shutdown()

    def _count(self, answered: int) -> None:
        self.answered = answered
