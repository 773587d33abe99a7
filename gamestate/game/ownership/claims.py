"""Claims: who owns a character, read, taken and released in both stores.

A claim takes a new epoch in Postgres first and then, at the same number, in Redis; each store
answers with what it has at that moment. After both, no older activation can write anywhere, so
nothing can land between the claim and the state it read.

The owner recorded in a store says where the state is:

    ''  logged out          everything is in Postgres
    '-' unowned             logged in, everything is in Postgres
    id  owned by a server   Redis may be ahead of Postgres

With one store down the other is claimed alone if it has everything: see `_claim_redis_alone` and
`_claim_postgres_alone`."""

from __future__ import annotations

from contextlib import suppress
from enum import Enum
from typing import Final

from attrs import frozen

from gamestate.contract.state import CharacterState
from gamestate.errors import NotLoggedInError, OwnedElsewhereError, UnknownCharacterError
from gamestate.game.ownership.lag import StoreLag
from persistence.coalesce import CoalescerGroup
from persistence.cold.store import ColdClaimStore
from persistence.errors import (
    BadRecordError,
    ColdStoreUnavailableError,
    HotStoreUnavailableError,
    StoreUnavailableError,
)
from persistence.health import StoreHealth
from persistence.hot.store import HotClaimStore
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import (
    LOGGED_OUT,
    UNOWNED,
    CharacterRow,
    ClaimRefused,
    ColdClaim,
    ColdRelease,
    HotClaim,
    HotRelease,
    HotState,
    Ownership,
)

SINGLE_STORE_EPOCH_GAP: Final = 1_000
"""How far above Redis' epoch a claim goes that Postgres does not receive, so that none has the same
number as one that Postgres alone receives before the two stores meet again."""

CLAIM_ATTEMPTS: Final = 5
"""How often a claim is repeated above an epoch that another server claimed meanwhile."""


class ActivatedBy(Enum):
    """The cause of an activation, which decides from which owner it may claim."""

    MESSAGE = "message"
    """A message arrived: the character is logged in, and owned by this server or by none."""
    LOGIN = "login"
    """As for a message, or logged out."""
    TAKEOVER = "takeover"
    """A login after the owner was asked for the character, and had time to answer: any owner."""
    RECOVERY = "recovery"
    """The reconciliation after a crash, which looked at the owner itself."""


class HeldElsewhereError(OwnedElsewhereError):
    """Another server owns the character. `held`: as the stores say."""

    def __init__(self, char_id: int, held: Ownership) -> None:
        super().__init__(char_id, held.owner)
        self.held = held


@frozen
class Claimed:
    """A character under a new epoch, as each store had it; `row` or `hot` is None if that store is
    down."""

    epoch: int
    row: CharacterRow | None
    hot: HotState | None


class Claims:
    """The claims of one server, `owner`. `run` must run for any of it to work."""

    def __init__(
        self,
        owner: str,
        hot: HotClaimStore,
        cold: ColdClaimStore,
        health: StoreHealth,
        lag: StoreLag,
        observer: StoreObserver,
        invariants: Invariants,
    ) -> None:
        self._owner = owner
        self._health = health
        self._lag = lag
        self._observer = observer
        self._calls = calls = CoalescerGroup(invariants)
        self._cold_claims = calls.add(cold.claim, "claims in Postgres")
        self._hot_claims = calls.add(hot.claim, "claims in Redis")
        self._cold_peeks = calls.add(cold.peek, "owners in Postgres")
        self._hot_peeks = calls.add(hot.peek, "owners in Redis")
        self._cold_reads = calls.add(cold.read, "rows")
        self._cold_releases = calls.add(cold.release, "releases in Postgres")
        self._hot_releases = calls.add(hot.release, "releases in Redis")

    async def run(self) -> None:
        """Run until cancelled."""
        await self._calls.run()

    # ------------------------------------------------------------------ read

    async def row(self, char_id: int) -> CharacterRow:
        """What Postgres has of the character.

        Raises: UnknownCharacterError, ColdStoreUnavailableError.
        """
        row = await self._cold_reads.ask(char_id)
        if row is None:
            raise UnknownCharacterError(char_id)
        return row

    async def ownership(self, char_id: int) -> Ownership:
        """Who owns the character: what the store with the greater epoch says, because a claim may
        have reached only one; at the same epoch Postgres, which receives a release first.

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
        """Who owns the character by Redis; None if Redis does not know it, is down, or has a record
        that can't be read, which the next claim reports."""
        if not self._health.redis_up:
            return None
        try:
            return await self._hot_peeks.ask(char_id)
        except (HotStoreUnavailableError, BadRecordError):
            return None

    async def superseded(self, char_id: int, epoch: int) -> bool:
        """Whether Redis has a newer epoch; False if it does not answer."""
        stored = await self.hot_ownership(char_id)
        return stored is not None and stored.epoch > epoch

    # ------------------------------------------------------------------ claim

    def may_claim(self, held: Ownership) -> bool:
        """Whether a character with this owner may be claimed without asking another server."""
        return held.owner in (LOGGED_OUT, UNOWNED, self._owner)

    async def check(self, char_id: int, cause: ActivatedBy) -> None:
        """Raises:
        NotLoggedInError, OwnedElsewhereError: a message may not activate the character here.
        HeldElsewhereError: a login has to ask the owner first.
        UnknownCharacterError, StoreUnavailableError.
        """
        if cause is ActivatedBy.MESSAGE:
            await self._check_owned_here(char_id)
        elif cause is ActivatedBy.LOGIN:
            await self._check_claimable(char_id)

    async def _check_owned_here(self, char_id: int) -> None:
        held = await self.ownership(char_id)
        if held.owner == LOGGED_OUT:
            raise NotLoggedInError(char_id)
        if not self.may_claim(held):
            raise OwnedElsewhereError(char_id, held.owner)

    async def _check_claimable(self, char_id: int) -> None:
        with suppress(BadRecordError):  # the claim finds it too, and it goes into quarantine
            held = await self.ownership(char_id)
            if not self.may_claim(held):
                raise HeldElsewhereError(char_id, held)

    async def claim(self, char_id: int) -> Claimed:
        """Take a new epoch, in both stores if both answer.

        Raises:
            UnknownCharacterError, BadRecordError.
            OwnedElsewhereError: another server claims it again and again.
            StoreUnavailableError: the store that answers does not have everything.
        """
        at_least = 0
        for _ in range(CLAIM_ATTEMPTS):
            try:
                row = await self._claim_postgres(char_id, at_least)
            except ColdStoreUnavailableError as down:
                return await self._claim_redis_alone(char_id, down)
            try:
                hot = await self._claim_redis(char_id, row.epoch)
            except HotStoreUnavailableError as down:
                return self._claim_postgres_alone(row, down)
            if isinstance(hot, HotState):
                self._lag.claimed_in_both(char_id)
                return Claimed(row.epoch, row, hot)
            at_least = hot.stored_epoch
        raise OwnedElsewhereError(char_id, "another server, which claims it at the same moment")

    async def _claim_postgres(self, char_id: int, at_least: int) -> CharacterRow:
        row = await self._cold_claims.ask(ColdClaim(char_id, at_least, self._owner))
        if row is None:
            raise UnknownCharacterError(char_id)
        self._lag.claimed_in_postgres(char_id)
        return row

    async def _claim_redis(self, char_id: int, epoch: int) -> HotState | ClaimRefused:
        try:
            return await self._hot_claims.ask(HotClaim(char_id, epoch, self._owner))
        except BadRecordError as error:
            if error.char_id == char_id:
                raise
            return ClaimRefused(char_id, epoch)  # taken, but another's bad record cost the answer

    async def _claim_redis_alone(self, char_id: int, down: StoreUnavailableError) -> Claimed:
        """Postgres is down: Redis has everything of a character that no other server owns."""
        held = await self.hot_ownership(char_id)
        if held is None or not self.may_claim(held) or not self._lag.redis_suffices(char_id):
            raise down
        epoch = held.epoch + SINGLE_STORE_EPOCH_GAP
        hot = await self._hot_claims.ask(HotClaim(char_id, epoch, self._owner))
        if isinstance(hot, ClaimRefused):
            raise down
        self._lag.claimed_in_redis_alone(char_id)
        return Claimed(epoch, None, hot)

    def _claim_postgres_alone(self, row: CharacterRow, down: StoreUnavailableError) -> Claimed:
        """Redis is down: Postgres has everything of a character that no server owned."""
        if row.owner not in (LOGGED_OUT, UNOWNED) or not self._lag.postgres_suffices(row.char_id):
            raise down
        return Claimed(row.epoch, row, None)

    # ------------------------------------------------------------------ release

    async def release(self, state: CharacterState, owner: str) -> bool:
        """Transfer a character whose whole state is in Postgres to `owner`; False if another
        activation owns it by now. Raises: ColdStoreUnavailableError: the outcome is unknown."""
        char_id, epoch = state.char_id, state.epoch
        try:
            ours = await self._cold_releases.ask(ColdRelease(char_id, epoch, owner))
        except ColdStoreUnavailableError:
            self._lag.release_unknown(char_id)
            raise
        if not ours:
            self._observer.fenced("postgres")
            return False
        self._lag.released(char_id)
        with suppress(HotStoreUnavailableError):
            await self._hot_releases.ask(HotRelease(char_id, epoch, state.version, owner))
        return True
