"""Restore: claim a character in both stores, take the newer state, rebuild what is missing.

The epoch is claimed in Postgres first and then, at the same number, in Redis, and each claim reads
what its store has at that moment; after both, no older activation can write anywhere, so nothing
can land between the claim and the reading of it.

Who may claim with one store alone (the other one being down): see `_alone_in_redis` and
`_alone_in_postgres`. The owner recorded in a store says enough:

    ''  logged out          everything is in Postgres
    '-' nobody's            logged in, everything is in Postgres
    id  a server's          Redis may be ahead of Postgres
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Final

import trio
from attrs import evolve, frozen

from gamestate.contract.module import Storage
from gamestate.contract.state import EXPLORATION, CharacterCore, CharacterState, Session
from gamestate.errors import (
    NotLoggedInError,
    OwnedElsewhereError,
    UnknownCharacterError,
    UnreadableSessionError,
)
from gamestate.game.observer import GameObserver
from gamestate.game.quarantine.gate import RESTORE, Quarantine
from gamestate.game.session_loader import ContextAssembler, NothingStoredError
from gamestate.game.stored.codec import core_of_row
from gamestate.game.stored.reading import is_newer_in_redis, read_cold, read_hot
from gamestate.game.stored.upcasting import UnreadableError
from persistence.coalesce import Coalescer
from persistence.cold.repository import ColdStore
from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    StoreUnavailableError,
)
from persistence.evidence import evidence
from persistence.health import StoreHealth
from persistence.hot.store import HotStore
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import (
    LOGGED_OUT,
    UNOWNED,
    CharacterRow,
    ClaimRefused,
    ColdClaim,
    ColdRelease,
    Durability,
    HotClaim,
    HotRelease,
    HotState,
    Ownership,
)

LOGIN: Final = "login"
"""The intent of a login: the character may be logged out, but not on another server."""

TAKE: Final = "take"
"""The intent of a login when whoever had the character was asked for it, and had time to answer."""

RECOVER: Final = "recover"
"""The intent of the reconciliation after a crash."""

LEAP: Final = 1_000
"""How far above Redis' epoch a claim goes that Postgres does not hear, so that none has the same
number that Postgres hears alone before the two meet again."""

TRIES: Final = 5
"""How often a claim is repeated above an epoch that somebody else claimed meanwhile."""


class HeldElsewhereError(OwnedElsewhereError):
    """Another server holds the character. `held`: as the stores say."""

    def __init__(self, char_id: int, held: Ownership) -> None:
        super().__init__(char_id, held.owner)
        self.held = held


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


@frozen
class _Claimed:
    """A character under our epoch, as each store had it; `row` or `hot` None if that store is
    down."""

    epoch: int
    row: CharacterRow | None
    hot: HotState | None


class Restorer:
    """Claims, reads and releases characters for one server. `run` must run for any of it to
    work."""

    def __init__(
        self,
        owner: str,
        hot: HotStore,
        cold: ColdStore,
        health: StoreHealth,
        assembler: ContextAssembler,
        observer: GameObserver,
        stores_observer: StoreObserver,
        quarantine: Quarantine,
    ) -> None:
        self._owner = owner
        self._health = health
        self._modules = assembler.modules
        self._quarantine = quarantine
        self._assembler = assembler
        self._observer = observer
        self._stores_observer = stores_observer
        self._only_in_postgres: set[int] = set()  # Redis has an older version, or none
        self._only_in_redis: set[int] = set()  # Postgres takes them for released
        self._maybe_released: set[int] = set()  # the release may reach Postgres yet
        answers = Invariants(stores_observer).answers
        self._cold_claims: Coalescer[ColdClaim, CharacterRow | None] = Coalescer(
            cold.claim, check=answers("claims in Postgres")
        )
        self._hot_claims: Coalescer[HotClaim, HotState | ClaimRefused] = Coalescer(
            hot.claim, check=answers("claims in Redis")
        )
        self._cold_peeks: Coalescer[int, Ownership | None] = Coalescer(
            cold.peek, check=answers("owners in Postgres")
        )
        self._hot_peeks: Coalescer[int, Ownership | None] = Coalescer(
            hot.peek, check=answers("owners in Redis")
        )
        self._cold_reads: Coalescer[int, CharacterRow | None] = Coalescer(
            cold.read, check=answers("rows")
        )
        self._cold_releases: Coalescer[ColdRelease, bool] = Coalescer(
            cold.release, check=answers("releases in Postgres")
        )
        self._hot_releases: Coalescer[HotRelease, bool] = Coalescer(
            hot.release, check=answers("releases in Redis")
        )

    async def run(self) -> None:
        """Answer for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._quarantine.run)
            nursery.start_soon(self._cold_claims.run)
            nursery.start_soon(self._hot_claims.run)
            nursery.start_soon(self._cold_peeks.run)
            nursery.start_soon(self._hot_peeks.run)
            nursery.start_soon(self._cold_reads.run)
            nursery.start_soon(self._cold_releases.run)
            nursery.start_soon(self._hot_releases.run)

    async def restore(self, char_id: int, intent: str | None) -> Restored:
        """Own the character and read its state. `intent` None: a message woke it.

        Raises:
            UnknownCharacterError, NotLoggedInError, OwnedElsewhereError, QuarantinedError.
            HeldElsewhereError: a login has to ask for it first.
            StoreUnavailableError: not with the stores that answer now.
        """
        if intent is None:
            await self._must_be_ours(char_id)
        elif intent == LOGIN:
            await self._must_be_free(char_id)
        was_held = await self._quarantine.admit(char_id)
        try:
            claimed = await self._claim(char_id)
        except BadRecordError as error:
            raise await self._quarantine.keep(
                char_id, RESTORE, error.reason, error.record
            ) from error
        try:
            restored = await self._read(char_id, claimed)
        except UnreadableError as error:
            record = evidence(claimed.hot, claimed.row)
            raise await self._quarantine.keep(char_id, RESTORE, str(error), record) from error
        except UnreadableSessionError as error:
            raise await self._quarantine.keep(
                char_id, RESTORE, error.reason, error.record
            ) from error
        if was_held:
            await self._quarantine.over(char_id)
        return restored

    async def release(self, state: CharacterState, owner: str) -> bool:
        """Give a character whose whole state is in Postgres to a new `owner`; False if another
        activation owns it by now. Raises: ColdStoreUnavailableError."""
        try:
            ours = await self._cold_releases.ask(ColdRelease(state.char_id, state.epoch, owner))
        except ColdStoreUnavailableError:
            self._maybe_released.add(state.char_id)
            raise
        if not ours:
            self._stores_observer.fenced("postgres")
            return False
        self._only_in_redis.discard(state.char_id)
        with suppress(HotStoreUnavailableError):
            await self._hot_releases.ask(
                HotRelease(state.char_id, state.epoch, state.version, owner)
            )
        return True

    def landed(self, char_id: int, durability: Durability) -> None:
        """Say which store has the latest turn of a character of ours."""
        if durability == "postgres":
            self._only_in_postgres.add(char_id)
        elif self._only_in_postgres:
            self._only_in_postgres.discard(char_id)

    async def row(self, char_id: int) -> CharacterRow:
        """What Postgres has of the character, without claiming it.

        Raises: UnknownCharacterError, ColdStoreUnavailableError.
        """
        row = await self._cold_reads.ask(char_id)
        if row is None:
            raise UnknownCharacterError(char_id)
        return row

    async def ownership(self, char_id: int) -> Ownership:
        """Who owns the character. The store with the greater epoch knows, because a claim may have
        reached only one of them; at the same epoch Postgres, which hears of a release first.

        Raises: UnknownCharacterError, StoreUnavailableError.
        """
        hot = await self.hot_ownership(char_id)
        try:
            cold = await self._cold_peeks.ask(char_id)
        except ColdStoreUnavailableError:
            if hot is None:
                raise
            return hot
        if cold is None:
            raise UnknownCharacterError(char_id)
        return hot if hot is not None and hot.epoch > cold.epoch else cold

    async def hot_ownership(self, char_id: int) -> Ownership | None:
        """Who owns the character by Redis; None if it does not know it, is down, or has what nobody
        can read: whoever claims it finds out."""
        if not self._health.redis_up:
            return None
        try:
            return await self._hot_peeks.ask(char_id)
        except (HotStoreUnavailableError, BadRecordError):
            return None

    # ------------------------------------------------------------------ who may

    async def _must_be_ours(self, char_id: int) -> None:
        owner = (await self.ownership(char_id)).owner
        if owner == LOGGED_OUT:
            raise NotLoggedInError(char_id)
        if owner not in (self._owner, UNOWNED):
            raise OwnedElsewhereError(char_id, owner)

    async def _must_be_free(self, char_id: int) -> None:
        try:
            held = await self.ownership(char_id)
        except BadRecordError:
            return  # the claim finds it too, and puts it into quarantine
        if not self.may_claim(held):
            raise HeldElsewhereError(char_id, held)

    def may_claim(self, held: Ownership) -> bool:
        """Whether nobody has to be asked for a character with this owner."""
        return held.owner in (LOGGED_OUT, UNOWNED, self._owner)

    async def _claim(self, char_id: int) -> _Claimed:
        """The epoch, in both stores if both answer."""
        at_least = 0
        for _ in range(TRIES):
            try:
                row = await self._claim_in_postgres(char_id, at_least)
            except ColdStoreUnavailableError as error:
                return await self._alone_in_redis(char_id, error)
            try:
                hot = await self._claim_in_redis(char_id, row.epoch)
            except HotStoreUnavailableError as error:
                return self._alone_in_postgres(row, error)
            if isinstance(hot, HotState):
                self._only_in_redis.discard(char_id)
                return _Claimed(row.epoch, row, hot)
            at_least = hot.stored_epoch
        raise OwnedElsewhereError(char_id, "another server, which claims it at the same moment")

    async def _claim_in_redis(self, char_id: int, epoch: int) -> HotState | ClaimRefused:
        try:
            return await self._hot_claims.ask(HotClaim(char_id, epoch, self._owner))
        except BadRecordError as error:
            if error.char_id == char_id:
                raise
            return ClaimRefused(char_id, epoch)  # another's bad record cost us the answer

    async def _claim_in_postgres(self, char_id: int, at_least: int) -> CharacterRow:
        row = await self._cold_claims.ask(ColdClaim(char_id, at_least, self._owner))
        if row is None:
            raise UnknownCharacterError(char_id)
        self._maybe_released.discard(char_id)  # under the new epoch no older release has an effect
        return row

    async def _alone_in_redis(self, char_id: int, down: StoreUnavailableError) -> _Claimed:
        """Postgres is down: Redis has everything of a character that no other server owns."""
        known = await self.hot_ownership(char_id)
        if char_id in self._only_in_postgres:  # Redis came back behind it
            raise down
        if char_id in self._maybe_released:  # what Redis alone had would be nobody's in Postgres
            raise down
        if known is None or known.owner not in (LOGGED_OUT, UNOWNED, self._owner):
            raise down
        epoch = known.epoch + LEAP
        hot = await self._hot_claims.ask(HotClaim(char_id, epoch, self._owner))
        if isinstance(hot, ClaimRefused):
            raise down
        self._only_in_redis.add(char_id)
        return _Claimed(epoch, None, hot)

    def _alone_in_postgres(self, row: CharacterRow, down: StoreUnavailableError) -> _Claimed:
        """Redis is down: Postgres has everything of a character that no server owned."""
        if row.owner not in (LOGGED_OUT, UNOWNED) or row.char_id in self._only_in_redis:
            raise down
        return _Claimed(row.epoch, row, None)

    # ------------------------------------------------------------------ what it is

    async def _read(self, char_id: int, claimed: _Claimed) -> Restored:
        row, hot = claimed.row, claimed.hot
        if hot is not None and is_newer_in_redis(hot, row):
            return await self._read_redis(char_id, claimed.epoch, hot, row)
        if row is None:
            raise ColdStoreUnavailableError(f"Redis does not know character {char_id}")
        if hot is not None and hot.version:
            self._observer.diverged(char_id)
        self._only_in_postgres.add(char_id)  # until Redis is seeded
        return await self._read_postgres(char_id, claimed.epoch, row)

    async def _read_redis(
        self, char_id: int, epoch: int, hot: HotState, row: CharacterRow | None
    ) -> Restored:
        found = read_hot(hot, self._modules)
        sessions, lost = found.sessions, self._lost(hot)
        state = CharacterState(char_id, epoch, hot.version, found.core, sessions)
        whole = await self._complete(state, lost)
        dirty = row is None or whole.version > row.version
        dirty = dirty or any(session.dirty for session in sessions.values())
        seed = found.outdated or len(sessions) < len(hot.sessions) or whole is not state
        return Restored(whole, "redis", dirty, seed, found.receipts)

    def _lost(self, hot: HotState) -> list[str]:
        """The modules whose session the core names and Redis does not have, though it should.

        One that was let go of by its server, but not logged out, may have expired since then:
        Postgres has it. An active character's core does not name what expired (see `expiry`), and a
        logged-out one's sessions live as long as the core.
        """
        if hot.owner == UNOWNED:
            return []
        lost = [module for module, stored in hot.sessions.items() if stored.fields is None]
        for module in lost:
            self._observer.session_lost(module)
        return lost

    async def _read_postgres(self, char_id: int, epoch: int, row: CharacterRow) -> Restored:
        found = read_cold(row)
        state = CharacterState(char_id, epoch, row.version, found.core, {})
        whole = await self._complete(state, [])
        dirty = whole.version > row.version
        return Restored(whole, "postgres", dirty, True, found.receipts)

    async def _complete(self, state: CharacterState, lost: list[str]) -> CharacterState:
        """The state with the sessions that Redis lost, or its `state` calls for, rebuilt from
        Postgres. One that is nowhere is done without, for nobody may be stuck in a state for want
        of it; that the state is left is a change like any other."""
        sessions, core, version = dict(state.sessions), state.core, state.version
        called_for = self._called_for(state, lost)
        for module in (*lost, *called_for):
            session = await self._rebuild(module, state.char_id)
            if session is not None:
                sessions[module] = session
                continue
            if module in called_for:
                self._observer.session_lost(module)
            if core.state == module:
                core, version = evolve(core, state=EXPLORATION), state.version + 1
            self._observer.session_gone(state.char_id, module, core.state)
        if called_for:
            sessions |= await self._beside(state.char_id, sessions)
        if core is state.core and len(sessions) == len(state.sessions):
            return state
        return CharacterState(state.char_id, state.epoch, version, core, sessions)

    def _called_for(self, state: CharacterState, lost: Collection[str]) -> Collection[str]:
        """The module the character is at, if its session is missing though nobody lost it."""
        at = state.core.state
        missing = at in self._modules and at not in lost and at not in state.sessions
        return (at,) if missing else ()

    async def _beside(self, char_id: int, known: Collection[str]) -> dict[str, Session]:
        """What goes on beside what the character is at, a story around a fight: it is shown, and
        wants to be woken, before anybody asks for it."""
        found = {}
        for name, module in self._modules.items():
            if name not in known and module.storage is Storage.DOCUMENT:
                session = await self._rebuild(name, char_id)
                if session is not None:
                    found[name] = session
        return found

    async def _rebuild(self, module: str, char_id: int) -> Session | None:
        try:
            return await self._assembler.load_session(module, char_id)
        except NothingStoredError:
            return None


def state_of_row(row: CharacterRow) -> CharacterState:
    """A character nobody plays, for looking at. Raises: ValueError."""
    core: CharacterCore = core_of_row(row)
    return CharacterState(row.char_id, row.epoch, row.version, core, {})
