"""Bodies that are wrong: refused as malformed, or by the path of the first wrong field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from gamestate.api.requests import (
    decode_action,
    decode_batch,
    decode_create,
    decode_entry,
    decode_logout,
    decode_message,
)
from gamestate.errors import InvalidPayloadError, MalformedError

DEEP: Final = 100_000
NOT_EXACT: Final = (2**53, -(2**53), 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, -(10**30))
NO_INTEGER: Final[tuple[Any, ...]] = (
    *(True, False, "1", "", 1.0, 1.5, None, [], [1], {}, {"a": 1}),
)

Decode = Callable[[bytes], Any]


def batch(body: bytes) -> Any:
    return [decode_entry(entry, index) for index, entry in enumerate(decode_batch(body, 10))]


DECODERS: Final[tuple[Decode, ...]] = (decode_create, decode_message, batch, decode_action)

NO_JSON: Final = {
    "blank": b" \n",
    "cut short": b'{"name": "Mira"',
    "single quotes": b"{'name': 'Mira'}",
    "trailing comma": b'{"name": "Mira",}',
    "two values": b"{} {}",
    "a comment": b"{} // {}",
    "no JSON at all": b"name=Mira&type=core.view",
    "NaN": b'{"name": NaN}',
    "Infinity": b'{"name": Infinity}',
    "minus Infinity": b'{"name": -Infinity}',
    "infinite by exponent": b'{"name": 1e999}',
    "leading zero": b'{"name": 01}',
    "Latin-1": '{"name": "Zoë"}'.encode("latin-1"),
    "UTF-16": '{"name": "Mira"}'.encode("utf-16"),
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"name": "\xed\xa0\x80"}',
    "a lone high surrogate": b'{"name": "\\ud800"}',
    "a lone low surrogate": b'{"name": "\\udc00x"}',
    "surrogates the wrong way round": b'{"name": "\\udc00\\ud800"}',
    "a bare control character": b'{"name": "a\x01b"}',
    "a bare NUL": b'{"name": "a\x00b"}',
    "NUL after the end": b'{"name": "Mira"}\x00',
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep and cut short": b"[" * DEEP,
}
NO_OBJECT: Final = (b"null", b"5", b'"core.view"', b"true")


@pytest.mark.parametrize("raw", NO_JSON.values(), ids=NO_JSON.keys())
@pytest.mark.parametrize("decode", [*DECODERS, decode_logout])
def test_what_is_no_json_is_malformed(decode: Decode, raw: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(raw)
    assert caught.value.facts == {"field": "body"}


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize("raw", [b"", *NO_OBJECT])
def test_what_is_not_there_or_neither_object_nor_list_is_malformed(
    decode: Decode, raw: bytes
) -> None:
    with pytest.raises(MalformedError) as caught:
        decode(raw)
    assert caught.value.facts == {"field": "body"}


def test_an_object_is_no_list_and_a_list_no_object() -> None:
    with pytest.raises(MalformedError, match="expected a list"):
        batch(b"{}")
    for decode in (decode_create, decode_message, decode_action):
        with pytest.raises(MalformedError, match="expected an object"):
            decode(b"[]")


def refused_field(decode: Decode, body: Any) -> Any:
    """The field by which the body is refused."""
    with pytest.raises(InvalidPayloadError) as caught:
        decode(json.dumps(body).encode())  # escapes every character that can be
    return caught.value.facts["field"]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({}, "name"),
        *(({"name": name}, "name") for name in (None, 5, ["Mira"], "", " \u3000 ", "x" * 65)),
        *(({"name": name}, "name") for name in ("a\nb", "a\x7fb", "a\u2028b", "a\0b")),
        ({"name": "Mira", "gender": ""}, "gender"),
        ({"name": "Mira", "gender": 1}, "gender"),
        ({"name": "Mira", "gender": "a\0b"}, "gender"),
        ({"name": "Mira", "location": ""}, "location"),
        ({"name": "Mira", "location": "x" * 129}, "location"),
        ({"name": "Mira", "location": "a\0b"}, "location"),
        ({"name": "Mira", "location": {"current": "x"}}, "location"),
        ({"name": "Mira", "stats": []}, "stats"),
        ({"name": "Mira", "stats": None}, "stats"),
        ({"name": "Mira", "stats": {"Strength": 1}}, "stats"),
        ({"name": "Mira", "stats": {"": 1}}, "stats"),
        *(({"name": "Mira", "stats": {"strength": value}}, "stats") for value in (0, 1_001, -1)),
        ({"name": "Mira", "stats": dict.fromkeys(("s_a", "s_b"), "x")}, "stats.s_a"),
        ({"name": "Mira", "stats": {f"s_{'a' * n}": 5 for n in range(1, 34)}}, "stats"),
        ({"name": "Mira", "char_id": 1}, "char_id"),
        ({"name": "Mira", "__class__": {}}, "__class__"),
    ],
)
def test_a_new_character_is_refused_by_the_name_of_the_wrong_field(fields: Any, where: str) -> None:
    assert refused_field(decode_create, fields) == where


VIEW: Final[Mapping[str, Any]] = {"type": "core.view"}
NO_TYPE: Final[tuple[Any, ...]] = (None, 5, ["core.view"], "", "x" * 129, "core\0.move")
NO_PAYLOAD: Final[tuple[Any, ...]] = (None, [], "{}")
NO_MESSAGE_ID: Final[tuple[Any, ...]] = (5, "", "x" * 129, "a\nb", "a\0")
WRONG: Final[tuple[tuple[Mapping[str, Any], str], ...]] = (
    ({}, "type"),
    *(({"type": value}, "type") for value in NO_TYPE),
    *(({**VIEW, "payload": value}, "payload") for value in NO_PAYLOAD),
    *(({**VIEW, "message_id": value}, "message_id") for value in NO_MESSAGE_ID),
    ({**VIEW, "Payload": {}}, "Payload"),
    ({**VIEW, "payload": {"h\0p": 1}}, "payload"),
    ({**VIEW, "payload": {"a": [1, {"b": "\0"}]}}, "payload.a[1].b"),
)


@pytest.mark.parametrize(("fields", "where"), [*WRONG, ({**VIEW, "char_id": 1}, "char_id")])
def test_a_message_is_refused_by_the_path_of_the_wrong_field(fields: Any, where: str) -> None:
    assert refused_field(decode_message, fields) == where


@pytest.mark.parametrize(("fields", "where"), WRONG)
def test_a_message_of_a_batch_is_refused_by_its_place_and_the_path(fields: Any, where: str) -> None:
    assert refused_field(batch, [{"char_id": 1, **fields}]) == f"[0].{where}"


@pytest.mark.parametrize("value", [*NOT_EXACT, *NO_INTEGER, 0, -1])
def test_a_character_id_in_a_body_is_an_exact_whole_number_above_0(value: Any) -> None:
    assert refused_field(decode_action, {"char_id": value, "action": "open"}) == "char_id"
    assert refused_field(batch, [{"char_id": value, **VIEW}]) == "[0].char_id"


@pytest.mark.parametrize("value", [*NOT_EXACT, *NO_INTEGER])
def test_a_stat_is_an_exact_whole_number(value: Any) -> None:
    fields = {"name": "Mira", "stats": {"strength": value}}
    assert refused_field(decode_create, fields) == "stats.strength"


@pytest.mark.parametrize("depth", [100, 500, 900, 1_000, 1_015])
@pytest.mark.parametrize("inside", ["1", '"\\u0000"'])
def test_nesting_that_json_readers_still_take_is_decoded_or_refused_by_its_path(
    depth: int, inside: str
) -> None:
    payload = '{"location":' * depth + inside + "}" * depth
    raw = f'{{"type": "core.move", "payload": {payload}, "message_id": "deep"}}'.encode()
    if inside == "1":
        assert decode_message(raw)[0] == "core.move"
    else:
        with pytest.raises(InvalidPayloadError, match="U\\+0000"):
            decode_message(raw)
