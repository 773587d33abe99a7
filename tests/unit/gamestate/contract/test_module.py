"""What `SessionModule` does for a module that overrides nothing: it stores its sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import field, frozen

from gamestate.contract import (
    DocumentSection,
    ModuleSettings,
    SessionModule,
    Snapshot,
    StoredDocument,
)
from gamestate.contract.module import overrides
from gamestate.errors import ConfigurationError


@frozen
class Card:
    """One card."""

    name: str
    stamps: int = 0


@frozen
class Cards:
    """A session with other attrs classes in it."""

    by_guild: Mapping[str, Card] = field(factory=dict)
    shown: tuple[str, ...] = ()
    since_s: float | None = None


class CardsModule(SessionModule):
    """As small as can be."""

    name = "cards"
    session = Cards
    routes = {}  # noqa: RUF012  # nobody changes it


CARDS = Cards({"smiths": Card("Mira", 3)}, ("smiths",), 12.5)
STORED = b'{"by_guild":{"smiths":{"name":"Mira","stamps":3}},"shown":["smiths"],"since_s":12.5}'


@pytest.fixture
def module() -> CardsModule:
    return CardsModule(ModuleSettings())


def document(data: bytes) -> Snapshot:
    return Snapshot(1, document=StoredDocument("s", data))


def test_a_session_is_one_part_whatever_was_touched(module: CardsModule) -> None:
    assert module.save_session(CARDS, None).put == {"data": STORED}
    assert module.save_session(CARDS, ()).put == {"data": STORED}
    assert module.restore_session({"data": STORED}, 1) == CARDS


def test_a_session_that_could_not_be_read_again_is_not_written(module: CardsModule) -> None:
    wrong: Any = Cards(since_s="yesterday")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"could not be read again: cards\.since_s: expected "):
        module.save_session(wrong, None)
    with pytest.raises(TypeError, match="a session of cards is a Cards: "):
        module.save_session({"shown": ["smiths"]}, None)


def test_a_session_is_one_document(module: CardsModule) -> None:
    assert module.backup_session("s", CARDS, ()) == DocumentSection("s", STORED)
    assert module.load_session(document(STORED)) == CARDS


def test_without_a_document_there_is_no_session_and_an_ended_one_leaves_none(
    module: CardsModule,
) -> None:
    assert module.load_session(Snapshot(1)) is None
    assert module.backup_session("", None, None) == DocumentSection(None)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"by_guild": {"smiths": {"name": 5}}}', r"cards\.by_guild\.?.*name: expected a string"),
        (b'{"guilds": []}', r"cards\.guilds: unknown field"),
        (b"[]", "expected an object"),
        (b"{", "unexpected"),
    ],
)
def test_what_is_no_session_is_a_value_error(module: CardsModule, data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        module.restore_session({"data": data}, 1)
    with pytest.raises(ValueError, match=words):
        module.load_session(document(data))


def test_other_parts_are_refused(module: CardsModule) -> None:
    with pytest.raises(ValueError, match=r"has the part 'data', not \['data', 'pocket'\]"):
        module.restore_session({"data": STORED, "pocket": b"1"}, 1)


def test_a_module_without_settings_refuses_any() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^module_settings\.cards\.size: unknown field; there are none$"
    ):
        CardsModule(ModuleSettings({"size": 3}))


def test_a_hook_is_overridden_by_a_class_or_by_one_above_it() -> None:
    class Derives(CardsModule):
        def derived(self, session: Cards, core: Any, now_s: float) -> Mapping[str, Any]:
            return {}

    class Below(Derives):
        pass

    given = ModuleSettings()
    assert overrides(Derives(given), "derived")
    assert overrides(Below(given), "derived")
    assert not overrides(CardsModule(given), "derived")


def test_nothing_else_follows_from_a_session_by_default(module: CardsModule) -> None:
    assert module.prepare_session(CARDS) is CARDS
    assert (module.keeps(CARDS), module.shown(CARDS)) == (True, True)
    assert module.wakes_at(CARDS) is None
    assert (module.count(CARDS, "torch"), module.worth(1.0)) == (0, 0)
