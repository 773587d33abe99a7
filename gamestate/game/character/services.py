"""What the actors and activations of one server share, made once in `server/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from gamestate.contract.state import Session
from gamestate.game.character.commit import CommitBuilder
from gamestate.game.character.gate import CommitQueue
from gamestate.game.character.kernel import Kernel
from gamestate.game.character.receipts import Bounds
from gamestate.game.character.turn import NewIds
from gamestate.game.context_assembler import ContextAssembler
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.claims import Claims
from gamestate.game.ownership.lag import StoreLag
from gamestate.game.ownership.restore import Restorer
from gamestate.game.quarantine.gate import Quarantine
from gamestate.game.router import CoreRouter
from persistence.backup.worker import BackupWorker
from persistence.hot.session_ttl_refresher import SessionTtlRefresher


class SessionSource(Protocol):
    """Where sessions are loaded from."""

    async def load_session(self, module: str, char_id: int) -> Session:
        """A module's session, from what Postgres has.

        Raises: NoSessionError, UnreadableSessionError, StoreUnavailableError."""


@frozen
class ActivationServices:
    """What every activation of a server works with.

    Attributes:
        queue: where commits go.
        now_s: the wall clock, Unix time in seconds.
        receipt_bounds: which applied message ids are remembered.
        max_in_flight: how many commits of one character may be in flight.
    """

    router: CoreRouter
    restorer: Restorer
    claims: Claims
    lag: StoreLag
    commits: CommitBuilder
    queue: CommitQueue
    backups: BackupWorker
    ttl_refresher: SessionTtlRefresher
    kernel: Kernel
    now_s: Callable[[], float]
    receipt_bounds: Bounds
    max_in_flight: int


@frozen
class ActorServices:
    """What every actor works with; `activations`: what its activation does. `now_s`: the wall
    clock, Unix time in seconds."""

    activations: ActivationServices
    router: CoreRouter
    new_ids: NewIds
    sessions: SessionSource
    assembler: ContextAssembler
    quarantine: Quarantine
    kernel: Kernel
    observer: GameObserver
    now_s: Callable[[], float]
