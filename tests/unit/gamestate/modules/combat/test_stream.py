"""The counted stream: what a resumed fight relies on."""

from __future__ import annotations

from collections import Counter

from gamestate.modules.combat.stream import CountedStream


def d20s(stream: CountedStream, count: int) -> list[int]:
    return [stream.randint(1, 20) for _ in range(count)]


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert d20s(CountedStream(7), 50) == d20s(CountedStream(7), 50)


def test_another_seed_gives_other_numbers() -> None:
    assert d20s(CountedStream(7), 50) != d20s(CountedStream(8), 50)


def test_a_stream_goes_on_where_it_stopped() -> None:
    whole, first = CountedStream(-3), CountedStream(-3)
    expected = d20s(whole, 30)
    assert d20s(first, 11) + d20s(CountedStream(-3, first.drawn), 19) == expected


def test_a_number_depends_on_the_seed_and_its_place_alone() -> None:
    one, other = CountedStream(5), CountedStream(5)
    one.randint(1, 6)
    other.randint(1, 1000)
    assert one.randint(1, 20) == other.randint(1, 20)


def test_fights_of_earlier_releases_roll_on_as_they_would_have() -> None:
    assert d20s(CountedStream(42), 10) == [2, 8, 4, 19, 7, 5, 10, 16, 11, 7]


def test_every_side_of_a_die_comes_up_about_as_often() -> None:
    counts = Counter(d20s(CountedStream(1), 20_000))
    assert set(counts) == set(range(1, 21))
    assert all(850 <= count <= 1_150 for count in counts.values())


def test_a_die_of_one_side_is_drawn_too() -> None:
    stream = CountedStream(1)
    assert stream.randint(4, 4) == 4
    assert stream.drawn == 1
