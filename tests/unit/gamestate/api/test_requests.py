"""A query in an address means what the message's payload means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import attrs
import pytest

from gamestate.api.requests import VIEW_PARAMETERS, decode_view
from gamestate.errors import InvalidPayloadError, MalformedError
from gamestate.modules.inventory.commands import ViewInventory
from gamestate.structure import structure


def written(value: Any) -> str:
    """A JSON value as an address says it."""
    return str(value).lower() if type(value) is bool else str(value)


PAYLOADS: list[Mapping[str, Any]] = [
    {},
    *({"sort": sort} for sort in ("type", "rarity", "value", "weight", "name", "position")),
    *({"order": order} for order in ("asc", "desc")),
    *({"group": group} for group in ("kind", "rarity", "slot")),
    {"kind": "weapon", "rarity": "very_rare", "slot": "accessory_1"},
    *({"q": q} for q in ("", "a b", "Épée & Äpfel+1", "100%", "=", "true", "7")),
    *({"usable": flag, "tooltips": not flag} for flag in (True, False)),
    *({"page": number, "per_page": number} for number in (1, 10, 500)),
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=str)
def test_a_query_asks_what_the_message_asks(payload: Mapping[str, Any]) -> None:
    query = urlencode({name: written(value) for name, value in payload.items()})
    assert decode_view(query) == payload
    assert structure(decode_view(query), ViewInventory) == structure(payload, ViewInventory)


def test_every_field_of_the_message_is_a_parameter_and_is_tried_here() -> None:
    fields = {field.name for field in attrs.fields(ViewInventory)}
    assert set(VIEW_PARAMETERS) == fields
    assert set().union(*PAYLOADS) == fields


@pytest.mark.parametrize(
    "payload",
    [
        *({"sort": "colour"}, {"order": ""}, {"group": "name"}),
        *({"page": 0}, {"page": -3}, {"per_page": 501}, {"page": 9_999_999_999_999_999}),
    ],
    ids=str,
)
def test_what_the_message_refuses_the_query_refuses_with_the_same_words(
    payload: Mapping[str, Any],
) -> None:
    with pytest.raises(InvalidPayloadError) as of_message:
        structure(payload, ViewInventory)
    with pytest.raises(InvalidPayloadError) as of_query:
        structure(decode_view(urlencode(payload)), ViewInventory)
    assert of_query.value.detail == of_message.value.detail


@pytest.mark.parametrize("value", ["", "1", "True", "TRUE", "yes", " true", "null"])
@pytest.mark.parametrize("name", ["usable", "tooltips"])
def test_a_flag_is_true_or_false_and_nothing_else(name: str, value: str) -> None:
    with pytest.raises(InvalidPayloadError, match="true or false") as caught:
        decode_view(urlencode({name: value}))
    assert caught.value.facts == {"field": name}


@pytest.mark.parametrize("value", ["", "x", "1.0", "1e3", "+1", "01", " 1", "٣", "1_0", "9" * 17])
@pytest.mark.parametrize("name", ["page", "per_page"])
def test_a_number_is_written_as_json_writes_it(name: str, value: str) -> None:
    with pytest.raises(InvalidPayloadError, match="a whole number") as caught:
        decode_view(urlencode({name: value}))
    assert caught.value.facts == {"field": name}


@pytest.mark.parametrize(
    ("query", "field"), [("size=1", "size"), ("q=a&q=b", "q"), ("kind=%00", "kind"), ("=1", "")]
)
def test_what_is_no_parameter_or_there_twice_is_refused_by_its_name(query: str, field: str) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        decode_view(query)
    assert caught.value.facts == {"field": field}


@pytest.mark.parametrize("query", ["q=%FF", "%FF=1", "q=%ED%A0%80"])
def test_a_query_that_is_not_utf8_is_refused(query: str) -> None:
    with pytest.raises(MalformedError):
        decode_view(query)
