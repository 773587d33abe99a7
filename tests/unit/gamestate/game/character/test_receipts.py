"""What is remembered of applied messages, how much of it, and for how long."""

from __future__ import annotations

import orjson
import pytest

from gamestate.errors import MessageIdReusedError
from gamestate.game.character.receipts import Applied, Bounds, Receipts
from gamestate.game.stored.receipts import checked, encode_receipt, split_receipts

KEPT_S = 100.0
NOON_S = 1_800_000_000.0
BODY, OTHER = b"\x01" * 12, b"\x02" * 12


def record(number: int, at_s: float = NOON_S) -> bytes:
    return encode_receipt(f"m-{number}", BODY, number, at_s, {"did": number})


def with_records(*at_s: float, kept: int = 10) -> Receipts:
    receipts = Receipts(Bounds(kept, KEPT_S))
    for number, at in enumerate(at_s, 1):
        receipts.add(f"m-{number}", record(number, at))
    return receipts


def ids(records: tuple[bytes, ...]) -> list[str]:
    return [orjson.loads(one)["id"] for one in records]


def test_a_record_is_found_until_it_is_too_old() -> None:
    receipts = with_records(NOON_S)
    assert receipts.find("m-1", BODY, NOON_S + KEPT_S) == Applied(1, {"did": 1})
    assert receipts.find("m-1", BODY, NOON_S + KEPT_S + 1) is None


def test_an_id_is_free_for_another_body_when_its_record_is_too_old() -> None:
    receipts = with_records(NOON_S)
    with pytest.raises(MessageIdReusedError):
        receipts.find("m-1", OTHER, NOON_S)
    assert receipts.find("m-1", OTHER, NOON_S + KEPT_S + 1) is None


def test_what_is_too_old_goes_to_no_store() -> None:
    receipts = with_records(NOON_S, NOON_S + 50, NOON_S + 90)
    assert ids(receipts.all(NOON_S + 120)) == ["m-2", "m-3"]
    assert ids(tuple(split_receipts(receipts.as_json(NOON_S + 160)))) == ["m-3"]
    assert receipts.as_json(NOON_S + 1_000) == b"[]"


def test_what_is_too_old_in_a_store_is_not_loaded() -> None:
    receipts = Receipts(Bounds(10, KEPT_S))
    receipts.load([record(1, NOON_S - 200), record(2, NOON_S)], NOON_S)
    assert len(receipts) == 1
    assert ids(receipts.all(NOON_S)) == ["m-2"]


def test_an_id_that_is_applied_again_is_the_latest_then() -> None:
    receipts = with_records(NOON_S, NOON_S + 50, kept=2)
    receipts.add("m-1", record(1, NOON_S + 150))
    receipts.add("m-3", record(3, NOON_S + 151))
    assert ids(receipts.all(NOON_S + 151)) == ["m-1", "m-3"]


def test_a_record_without_a_time_is_kept_by_number_alone() -> None:
    old = orjson.dumps({"id": "m-1", "body": BODY.hex(), "version": 1, "reply": {}})
    receipts = Receipts(Bounds(1, KEPT_S))
    receipts.load(checked([old]), NOON_S)
    assert receipts.find("m-1", BODY, NOON_S + 10 * KEPT_S) == Applied(1, {})
    receipts.add("m-2", record(2))
    assert receipts.find("m-1", BODY, NOON_S) is None


@pytest.mark.parametrize("at", ["noon", None, True])
def test_a_record_whose_time_is_none_is_unreadable(at: object) -> None:
    fields = orjson.loads(record(1))
    with pytest.raises(ValueError, match="unreadable receipt"):
        checked([orjson.dumps({**fields, "at": at})])
