"""Restore: claim a character, take the newer of its two copies, load the sessions it lacks."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve, frozen

from gamestate.contract.module import Storage
from gamestate.contract.state import EXPLORATION, CharacterState, Session
from gamestate.errors import QuarantinedError, UnreadableSessionError
from gamestate.game.observer import GameObserver
from gamestate.game.ownership.claims import ActivatedBy, Claimed, Claims
from gamestate.game.ownership.lag import StoreLag
from gamestate.game.quarantine.gate import RESTORE, Quarantine
from gamestate.game.session_loader import SessionLoader
from gamestate.game.stored.reading import read_cold, read_hot, restores_from_redis
from gamestate.game.stored.upcasting import UnreadableError
from gamestate.modules.core.module import NoSessionError
from persistence.errors import BadRecordError, ColdStoreUnavailableError
from persistence.quarantine_record import quarantine_record
from persistence.records import UNOWNED, CharacterRow, HotState


@frozen
class Restored:
    """What an activation starts with.

    `source`: 'redis' or 'postgres'. `dirty`: Postgres lacks something. `seed`: Redis does not have
    the state as it is here. `receipts`: the applied messages, oldest first."""

    state: CharacterState
    source: str
    dirty: bool
    seed: bool
    receipts: tuple[bytes, ...]


class Restorer:
    """Makes the state of an activation from what the stores have."""

    def __init__(
        self,
        claims: Claims,
        lag: StoreLag,
        sessions: SessionLoader,
        quarantine: Quarantine,
        observer: GameObserver,
    ) -> None:
        self._claims = claims
        self._lag = lag
        self._sessions = sessions
        self._quarantine = quarantine
        self._observer = observer

    async def restore(self, char_id: int, cause: ActivatedBy) -> Restored:
        """Claim the character and read its state.

        Raises:
            UnknownCharacterError, NotLoggedInError, OwnedElsewhereError, QuarantinedError.
            HeldElsewhereError: a login has to ask the owner first.
            StoreUnavailableError: not with the stores that answer now.
        """
        await self._claims.check(char_id, cause)
        was_held = await self._quarantine.admit(char_id)
        try:
            claimed = await self._claims.claim(char_id)
        except BadRecordError as error:
            raise await self._keep(char_id, error.reason, error.record) from error
        try:
            restored = await self._read(char_id, claimed)
        except UnreadableError as error:
            record = quarantine_record(claimed.hot, claimed.row)
            raise await self._keep(char_id, str(error), record) from error
        except UnreadableSessionError as error:
            raise await self._keep(char_id, error.reason, error.record) from error
        if was_held:
            await self._quarantine.close(char_id)
        return restored

    async def _keep(self, char_id: int, reason: str, record: bytes) -> QuarantinedError:
        return await self._quarantine.keep(char_id, RESTORE, reason, record)

    # ------------------------------------------------------------------ the newer copy

    async def _read(self, char_id: int, claimed: Claimed) -> Restored:
        row, hot = claimed.row, claimed.hot
        if hot is not None and restores_from_redis(hot, row):
            return await self._read_redis(char_id, claimed.epoch, hot, row)
        if row is None:
            raise ColdStoreUnavailableError(f"Redis does not know character {char_id}")
        if hot is not None and hot.version:
            self._observer.diverged(char_id)
        self._lag.restored_from_postgres(char_id)
        return await self._read_postgres(char_id, claimed.epoch, row)

    async def _read_redis(
        self, char_id: int, epoch: int, hot: HotState, row: CharacterRow | None
    ) -> Restored:
        found = read_hot(hot, self._sessions.modules)
        sessions, lost = found.sessions, self._lost(hot)
        state = CharacterState(char_id, epoch, hot.version, found.core, sessions)
        whole = await self._complete(state, lost)
        dirty = row is None or whole.version > row.version
        dirty = dirty or any(session.dirty for session in sessions.values())
        seed = found.outdated or len(sessions) < len(hot.sessions) or whole is not state
        return Restored(whole, "redis", dirty, seed, found.receipts)

    async def _read_postgres(self, char_id: int, epoch: int, row: CharacterRow) -> Restored:
        found = read_cold(row)
        state = CharacterState(char_id, epoch, row.version, found.core, {})
        whole = await self._complete(state, [])
        return Restored(whole, "postgres", whole.version > row.version, True, found.receipts)

    # ------------------------------------------------------------------ the sessions it lacks

    def _lost(self, hot: HotState) -> list[str]:
        """The modules whose session the core names and Redis does not have, though it should.

        A session of an unowned character may have expired since its release: Postgres has it. An
        active character's core does not name what expired (see `session_expiry`), and a logged-out
        one's sessions live as long as the core.
        """
        if hot.owner == UNOWNED:
            return []
        lost = [module for module, stored in hot.sessions.items() if stored.fields is None]
        for module in lost:
            self._observer.session_lost(module)
        return lost

    async def _complete(self, state: CharacterState, lost: Collection[str]) -> CharacterState:
        """The state with the sessions loaded from Postgres that Redis lost, or that the core's
        state needs. If a session is in no store the character goes on without it: a module without
        a session is no state to be stuck in. Leaving that state is a change like any other."""
        sessions, core, version = dict(state.sessions), state.core, state.version
        needed = self._needed(state, lost)
        for module in (*lost, *needed):
            session = await self._load(module, state.char_id)
            if session is not None:
                sessions[module] = session
                continue
            if module in needed:
                self._observer.session_lost(module)
            if core.state == module:
                core, version = evolve(core, state=EXPLORATION), state.version + 1
            self._observer.session_gone(state.char_id, module, core.state)
        if needed:
            sessions |= await self._load_other_documents(state.char_id, sessions)
        if core is state.core and len(sessions) == len(state.sessions):
            return state
        return CharacterState(state.char_id, state.epoch, version, core, sessions)

    def _needed(self, state: CharacterState, lost: Collection[str]) -> Collection[str]:
        """The module whose state the character is in, if its session is missing and not lost."""
        at = state.core.state
        missing = at in self._sessions.modules and at not in lost and at not in state.sessions
        return (at,) if missing else ()

    async def _load_other_documents(
        self, char_id: int, known: Collection[str]
    ) -> dict[str, Session]:
        """The sessions that go on beside the one the character is in, as a scenario around a fight:
        the view names them and their timers run before any message needs them."""
        found = {}
        for name, module in self._sessions.modules.items():
            if name not in known and module.storage is Storage.DOCUMENT:
                session = await self._load(name, char_id)
                if session is not None:
                    found[name] = session
        return found

    async def _load(self, module: str, char_id: int) -> Session | None:
        try:
            return await self._sessions.load_session(module, char_id)
        except NoSessionError:
            return None
