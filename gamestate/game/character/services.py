"""What all character actors of a server share."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen

from gamestate.game.character.alarms import SetTimer
from gamestate.game.character.commit import CommitBuilder
from gamestate.game.character.receipts import Bounds
from gamestate.game.character.turn import NewIds
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.restore import Restorer
from gamestate.game.quarantine.gate import Quarantine
from gamestate.game.router import CoreRouter
from gamestate.game.session_loader import ContextAssembler
from persistence.backup.worker import BackupWorker
from persistence.hot.group_commit import GroupCommit
from persistence.hot.use import SessionUse
from persistence.invariants import Invariants


@frozen
class CharacterServices:
    """Wired once, in `bootstrap.py`.

    Attributes:
        owner: the id of this server.
        forsake: `(char_id, error, reason)` drops an actor at once.
        set_timer: `(delay in seconds, char_id, order)` sends an order to an actor then.
        now_s: the wall clock, seconds since 1970.
        receipt_bounds: which applied message ids are remembered.
        most_in_flight: the bound of one character's turns in flight.
    """

    owner: str
    router: CoreRouter
    restorer: Restorer
    quarantine: Quarantine
    assembler: ContextAssembler
    commits: CommitBuilder
    group_commit: GroupCommit
    backups: BackupWorker
    session_use: SessionUse
    new_ids: NewIds
    observer: GameObserver
    invariants: Invariants
    forsake: Callable[[int, Exception, str], None]
    set_timer: SetTimer
    now_s: Callable[[], float]
    receipt_bounds: Bounds
    most_in_flight: int

    @property
    def most_held(self) -> int:
        """How many answers of one character may wait besides those of turns: a mailbox that was let
        go of, and as many that come meanwhile."""
        return 2 * self.most_in_flight
