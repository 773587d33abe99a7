"""Many callers, one round trip."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from persistence.coalesce import Coalescer, CoalescerGroup
from persistence.errors import BadRecordError, InvariantError
from persistence.invariants import Invariants
from persistence.observer import StoreObserver
from tests.support.game import World


class Source:
    """Doubles numbers, and remembers what it was asked together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.error: Exception | None = None
        self.gate = trio.Event()
        self.gate.set()

    async def double(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return [2 * number for number in numbers]


@pytest.fixture
async def source() -> Source:
    return Source()


@pytest.fixture
async def doubles(source: Source, nursery: trio.Nursery) -> Coalescer[int, int]:
    made: Coalescer[int, int] = Coalescer(source.double, most=10)
    nursery.start_soon(made.run)
    return made


async def test_everybody_gets_his_own_answer(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    asked = [world.soon(doubles.ask, number) for number in range(8)]
    await wait_all_tasks_blocked()
    assert [it.value for it in asked] == [2 * number for number in range(8)]
    assert len(source.batches) <= 2


async def test_what_waits_goes_together_in_the_next_call(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    source.gate = trio.Event()
    first = world.soon(doubles.ask, 0)
    await wait_all_tasks_blocked()
    rest = [world.soon(doubles.ask, number) for number in range(1, 25)]
    await wait_all_tasks_blocked()
    assert source.batches == [[0]]
    source.gate.set()
    await wait_all_tasks_blocked()
    assert [len(batch) for batch in source.batches] == [1, 10, 10, 4]
    assert all(it.done for it in (first, *rest))


async def test_who_asks_the_same_shares_the_answer(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    source.gate = trio.Event()
    world.soon(doubles.ask, 0)
    await wait_all_tasks_blocked()
    asked = [world.soon(doubles.ask, 7) for _ in range(5)]
    await wait_all_tasks_blocked()
    source.gate.set()
    await wait_all_tasks_blocked()
    assert source.batches == [[0], [7]]
    assert [it.value for it in asked] == [14] * 5


async def test_a_question_asked_while_the_same_is_under_way_is_asked_again(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    source.gate = trio.Event()
    first = world.soon(doubles.ask, 7)
    await wait_all_tasks_blocked()
    second = world.soon(doubles.ask, 7)
    await wait_all_tasks_blocked()
    source.gate.set()
    await wait_all_tasks_blocked()
    assert source.batches == [[7], [7]]
    assert (first.value, second.value) == (14, 14)


async def test_an_error_reaches_all_callers_of_its_batch_and_no_other(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    source.error = OSError("no answer")
    asked = [world.soon(doubles.ask, number) for number in range(3)]
    await wait_all_tasks_blocked()
    assert all(it.error is source.error for it in asked)
    source.error = None
    assert await doubles.ask(4) == 8


async def test_who_is_cancelled_does_not_take_the_others_with_him(
    world: World, doubles: Coalescer[int, int], source: Source
) -> None:
    source.gate = trio.Event()
    other = world.soon(doubles.ask, 2)
    with trio.move_on_after(1) as patience:
        await doubles.ask(1)
    assert patience.cancelled_caught
    source.gate.set()
    await wait_all_tasks_blocked()
    assert other.value == 4
    assert len(doubles) == 0


async def test_a_bad_record_costs_only_those_their_answer_who_asked_for_it(
    nursery: trio.Nursery,
) -> None:
    async def read(char_ids: Sequence[int]) -> list[int]:
        for char_id in char_ids:
            if char_id in (3, 5):
                raise BadRecordError(char_id, "it is unreadable")
        return [10 * char_id for char_id in char_ids]

    reads: Coalescer[int, int] = Coalescer(read)
    answers: dict[int, object] = {}

    async def ask(char_id: int) -> None:
        try:
            answers[char_id] = await reads.ask(char_id)
        except BadRecordError as error:
            answers[char_id] = error.char_id

    for char_id in range(1, 7):
        nursery.start_soon(ask, char_id)
    nursery.start_soon(reads.run)
    await wait_all_tasks_blocked()
    assert answers == {1: 10, 2: 20, 3: 3, 4: 40, 5: 5, 6: 60}


async def test_the_coalescers_of_a_group_run_together_and_check_their_answers(
    world: World, source: Source, nursery: trio.Nursery
) -> None:
    async def none(numbers: Sequence[int]) -> list[int]:
        return []

    group = CoalescerGroup(Invariants(StoreObserver()))
    doubles, nothing = group.add(source.double, "doubles"), group.add(none, "nothing")
    nursery.start_soon(group.run)
    asked = [world.soon(each.ask, 4) for each in (doubles, nothing)]
    await wait_all_tasks_blocked()
    assert asked[0].value == 8
    assert isinstance(asked[1].error, InvariantError)
