"""What Redis and Postgres hold of a scenario."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from attrs import evolve

from gamestate.contract.module import SessionModule, Snapshot
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from persistence.records import DocumentSection, StoredDocument
from tests.unit.gamestate.modules.scenario.player import Player

SESSION = ScenarioSessionDTO(
    scenario="tale",
    version="abc",
    node="hall",
    text="A hall.\n\nA draught.",
    visits={"hall": 2},
    outcome="fled",
    deadline_s=12.5,
    variables={"coins": 3, "lit": False, "mood": "calm"},
)
PROGRESS = {
    "scenario": "tale",
    "version": "abc",
    "node": "hall",
    "text": "A hall.\n\nA draught.",
    "visits": {"hall": 2},
    "outcome": "fled",
    "fighting": False,
    "deadline_s": 12.5,
    "over": False,
    "ending": None,
}
STORED = {
    "progress": orjson.dumps(PROGRESS),
    "variables": b'{"coins":3,"lit":false,"mood":"calm"}',
}


@pytest.fixture
def module() -> SessionModule:
    return Player().module


def test_a_session_has_two_parts(module: SessionModule) -> None:
    assert module.save_session(SESSION, None).put == STORED
    assert module.restore_session(STORED, 1) == SESSION


def test_only_what_was_touched_is_written(module: SessionModule) -> None:
    assert module.save_session(SESSION, ["progress"]).put == {"progress": STORED["progress"]}


def test_postgres_has_it_as_one_document(module: SessionModule) -> None:
    section: Any = module.backup_session("s1", SESSION, ["progress"])
    assert orjson.loads(section.data) == {
        "schema": 1,
        "progress": PROGRESS,
        "variables": {"coins": 3, "lit": False, "mood": "calm"},
    }
    assert (section.session_id, section.live) == ("s1", True)
    document = StoredDocument("s1", section.data)
    assert module.load_session(Snapshot(1, document=document)) == SESSION


def test_one_that_is_over_is_history(module: SessionModule) -> None:
    over = evolve(SESSION, over=True, ending="done")
    section: Any = module.backup_session("s1", over, None)
    assert not section.live


def test_one_that_is_gone_takes_its_document_along(module: SessionModule) -> None:
    section = module.backup_session("", None, ())
    assert isinstance(section, DocumentSection)
    assert section.session_id is None


def test_nothing_stored_makes_no_session(module: SessionModule) -> None:
    assert module.load_session(Snapshot(1)) is None


@pytest.mark.parametrize(
    ("part", "raw"),
    [
        ("progress", b"{"),
        ("progress", b"[]"),
        ("progress", b"{}"),
        ("progress", orjson.dumps(PROGRESS | {"colour": "red"})),
        ("progress", orjson.dumps(PROGRESS | {"variables": {}})),
        ("progress", orjson.dumps(PROGRESS | {"node": 3})),
        ("progress", orjson.dumps(PROGRESS | {"visits": {"hall": 0}})),
        ("progress", orjson.dumps(PROGRESS | {"visits": []})),
        ("progress", orjson.dumps(PROGRESS | {"over": 1})),
        ("progress", orjson.dumps(PROGRESS | {"deadline_s": "soon"})),
        ("progress", orjson.dumps({k: v for k, v in PROGRESS.items() if k != "outcome"})),
        ("variables", b"[]"),
        ("variables", b'{"coins":1.5}'),
        ("variables", b'{"coins":null}'),
        ("variables", b'{"Coins":1}'),
    ],
)
def test_what_is_no_session_is_refused(module: SessionModule, part: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        module.restore_session({**STORED, part: raw}, 1)


@pytest.mark.parametrize(
    "stored", [{}, {"progress": STORED["progress"]}, {**STORED, "choices": b"[]"}]
)
def test_parts_that_are_missing_or_unknown_are_refused(
    module: SessionModule, stored: dict[str, bytes]
) -> None:
    with pytest.raises(ValueError, match="a scenario has the parts"):
        module.restore_session(stored, 1)


def test_another_schema_is_refused(module: SessionModule) -> None:
    with pytest.raises(ValueError, match="schema 2"):
        module.restore_session(STORED, 2)


@pytest.mark.parametrize(
    "document",
    [
        b"{",
        b"[]",
        b'{"schema":2,"progress":{},"variables":{}}',
        b'{"schema":1,"progress":{}}',
        b'{"schema":1,"progress":{},"variables":{}}',
    ],
)
def test_an_unreadable_document_is_refused(module: SessionModule, document: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        module.load_session(Snapshot(1, document=StoredDocument("s", document)))


def test_a_part_that_does_not_exist_can_not_be_encoded(module: SessionModule) -> None:
    with pytest.raises(ValueError, match="choices"):
        module.save_session(SESSION, ["choices"])
