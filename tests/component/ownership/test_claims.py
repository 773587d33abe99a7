"""Claims: from which owner, under which epoch, in which stores."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio

from gamestate.contract.state import CharacterState
from gamestate.errors import NotLoggedInError, OwnedElsewhereError, UnknownCharacterError
from gamestate.game.ownership.claims import (
    CLAIM_ATTEMPTS,
    SINGLE_STORE_EPOCH_GAP,
    ActivatedBy,
    Claims,
    HeldElsewhereError,
)
from gamestate.game.ownership.lag import StoreLag
from gamestate.game.stored.codec import state_of_row
from persistence.errors import ColdStoreUnavailableError, HotStoreUnavailableError
from persistence.health import StoreHealth
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from persistence.records import (
    LOGGED_OUT,
    UNOWNED,
    ClaimRefused,
    ColdClaim,
    HotClaim,
    HotState,
    NewCharacter,
    Ownership,
)
from tests.support.faulty_stores import with_faults
from tests.support.game import World

OURS, THEIRS = "server-a", "server-b"
VITALS = b'{"hp":{"cur":1,"max":1}}'


@pytest.fixture
def lag() -> StoreLag:
    return StoreLag()


@pytest.fixture
async def claims(world: World, lag: StoreLag, nursery: trio.Nursery) -> Claims:
    hot, cold = with_faults(world.hot, world.redis), with_faults(world.cold, world.postgres)
    observer = StoreObserver()
    health = StoreHealth(hot, cold, observer)
    made = Claims(OURS, hot, cold, health, lag, observer, Invariants(observer))
    nursery.start_soon(made.run)
    return made


@pytest.fixture
def outbid(world: World, monkeypatch: pytest.MonkeyPatch) -> list[HotClaim]:
    """The claims that Redis receives; each finds its own epoch taken."""
    received: list[HotClaim] = []

    async def refuse(batch: Sequence[HotClaim]) -> list[HotState | ClaimRefused]:
        received.extend(batch)
        return [ClaimRefused(claim.char_id, claim.epoch) for claim in batch]

    monkeypatch.setattr(world.hot, "claim", refuse)
    return received


async def owned_by(world: World, owner: str) -> int:
    """A character of this owner, under epoch 1, in both stores."""
    row = await world.cold.create(NewCharacter("Mira", None, "start", {}, VITALS))
    await world.cold.claim([ColdClaim(row.char_id, 0, owner)])
    await world.hot.claim([HotClaim(row.char_id, 1, owner)])
    return row.char_id


async def state_of(claims: Claims, hero: int) -> CharacterState:
    return state_of_row(await claims.row(hero))


@pytest.mark.parametrize(
    ("cause", "refusals"),
    [
        (ActivatedBy.MESSAGE, {LOGGED_OUT: NotLoggedInError, THEIRS: OwnedElsewhereError}),
        (ActivatedBy.LOGIN, {THEIRS: HeldElsewhereError}),
        (ActivatedBy.TAKEOVER, {}),
        (ActivatedBy.RECOVERY, {}),
    ],
)
@pytest.mark.parametrize("owner", [LOGGED_OUT, UNOWNED, OURS, THEIRS])
async def test_the_cause_decides_from_which_owner_one_may_claim(
    world: World,
    claims: Claims,
    cause: ActivatedBy,
    refusals: dict[str, type[Exception]],
    owner: str,
) -> None:
    hero = await owned_by(world, owner)
    if owner in refusals:
        with pytest.raises(refusals[owner]):
            await claims.check(hero, cause)
    else:
        await claims.check(hero, cause)


async def test_a_claim_takes_the_same_new_epoch_in_both_stores(
    world: World, claims: Claims
) -> None:
    hero = await owned_by(world, UNOWNED)
    claimed = await claims.claim(hero)
    assert claimed.epoch == 2
    assert (world.row(hero).epoch, world.row(hero).owner) == (2, OURS)
    assert await claims.hot_ownership(hero) == Ownership(2, 0, OURS)


async def test_a_claim_goes_above_an_epoch_that_redis_alone_knows(
    world: World, claims: Claims
) -> None:
    hero = await owned_by(world, UNOWNED)
    await world.hot.claim([HotClaim(hero, 9, THEIRS)])
    assert (await claims.claim(hero)).epoch == 10


async def test_a_claim_that_another_server_always_outbids_is_given_up(
    world: World, outbid: list[HotClaim], claims: Claims
) -> None:
    hero = await owned_by(world, UNOWNED)
    outbid.clear()
    with pytest.raises(OwnedElsewhereError):
        await claims.claim(hero)
    assert [claim.epoch for claim in outbid] == [2, 3, 4, 5, 6]
    assert len(outbid) == CLAIM_ATTEMPTS


async def test_an_unknown_character_is_not_claimed(claims: Claims) -> None:
    with pytest.raises(UnknownCharacterError):
        await claims.claim(4711)


@pytest.mark.parametrize(("owner", "claimable"), [(UNOWNED, True), (OURS, True), (THEIRS, False)])
async def test_without_postgres_redis_is_claimed_alone_unless_another_server_owns_it(
    world: World, claims: Claims, lag: StoreLag, owner: str, claimable: bool
) -> None:
    hero = await owned_by(world, owner)
    world.postgres.go_down()
    if claimable:
        claimed = await claims.claim(hero)
        assert (claimed.epoch, claimed.row) == (1 + SINGLE_STORE_EPOCH_GAP, None)
        assert not lag.postgres_suffices(hero)
    else:
        with pytest.raises(ColdStoreUnavailableError):
            await claims.claim(hero)


@pytest.mark.parametrize(("owner", "claimable"), [(UNOWNED, True), (OURS, False), (THEIRS, False)])
async def test_without_redis_postgres_is_claimed_alone_if_no_server_owned_it(
    world: World, claims: Claims, owner: str, claimable: bool
) -> None:
    hero = await owned_by(world, owner)
    world.redis.go_down()
    if claimable:
        assert (await claims.claim(hero)).hot is None
    else:
        with pytest.raises(HotStoreUnavailableError):
            await claims.claim(hero)


async def test_a_store_that_lags_is_not_claimed_alone(
    world: World, claims: Claims, lag: StoreLag
) -> None:
    hero = await owned_by(world, UNOWNED)
    lag.landed(hero, "postgres")
    world.postgres.go_down()
    with pytest.raises(ColdStoreUnavailableError):
        await claims.claim(hero)


async def test_a_release_writes_the_new_owner_to_both_stores(world: World, claims: Claims) -> None:
    hero = await owned_by(world, UNOWNED)
    await claims.claim(hero)
    assert await claims.release(await state_of(claims, hero), THEIRS)
    assert world.row(hero).owner == THEIRS
    held = await claims.ownership(hero)
    assert (held.owner, claims.may_claim(held)) == (THEIRS, False)


async def test_a_release_of_an_older_epoch_changes_nothing(world: World, claims: Claims) -> None:
    hero = await owned_by(world, UNOWNED)
    await claims.claim(hero)
    state = await state_of(claims, hero)
    await world.cold.claim([ColdClaim(hero, 0, THEIRS)])
    assert not await claims.release(state, LOGGED_OUT)
    assert world.row(hero).owner == THEIRS


async def test_after_a_release_without_an_answer_redis_is_not_claimed_alone(
    world: World, claims: Claims, lag: StoreLag
) -> None:
    hero = await owned_by(world, UNOWNED)
    await claims.claim(hero)
    state = await state_of(claims, hero)
    world.postgres.lose_answer("release")
    with pytest.raises(ColdStoreUnavailableError):
        await claims.release(state, UNOWNED)
    assert not lag.redis_suffices(hero)
    await claims.claim(hero)
    assert lag.redis_suffices(hero)


async def test_an_epoch_is_superseded_by_a_newer_one_in_redis(world: World, claims: Claims) -> None:
    hero = await owned_by(world, OURS)
    assert not await claims.superseded(hero, 1)
    await world.hot.claim([HotClaim(hero, 2, THEIRS)])
    assert await claims.superseded(hero, 1)
    world.redis.go_down()
    assert not await claims.superseded(hero, 1)
