"""What an earlier version stored is read by this one, step by step; what a later one did is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
import pytest
from attrs import evolve

from gamestate.contract.module import Parts, Snapshot, Upcaster
from gamestate.contract.state import Bio, CharacterCore, CharacterState, Location
from gamestate.errors import QuarantinedError
from gamestate.game.stored.codec import (
    core_of_row,
    decode_core,
    encode_core,
    encode_schema,
    row_of_state,
)
from gamestate.game.stored.core_schema import CoreSchema
from gamestate.game.stored.upcasting import (
    NewerSchemaError,
    UnreadableError,
    loaded,
    restored,
    upcast,
)
from gamestate.server import wiring
from gamestate.server.modules import load_modules
from persistence.hot import keys
from persistence.records import DocumentSection, ItemRow, Section
from tests.support.game import Server, World
from tests.support.modules.probe import ProbeModule

CORE = CharacterCore(
    "exploration",
    Location("start"),
    Bio("Mira", None, 0.0),
    {"strength": 10},
    {"hp": {"cur": 7, "max": 9}},
)


# ------------------------------------------------------------------ the steps


def test_each_step_is_taken_once_and_in_order() -> None:
    steps = {1: lambda text: text + "b", 2: lambda text: text + "c", 3: lambda text: text + "d"}
    assert upcast("a", 1, 4, steps, "it") == "abcd"
    assert upcast("abc", 3, 4, steps, "it") == "abcd"
    assert upcast("abcd", 4, 4, steps, "it") == "abcd"


def test_a_later_schema_is_refused_in_words_an_operator_understands() -> None:
    with pytest.raises(NewerSchemaError, match="written by a newer version"):
        upcast("a", 5, 4, {}, "it")


@pytest.mark.parametrize("schema", [0, -1, "1", None, True, 1.0])
def test_what_is_no_schema_is_unreadable(schema: Any) -> None:
    with pytest.raises(UnreadableError, match="no schema"):
        upcast("a", schema, 4, {}, "it")


def test_a_step_that_is_missing_is_named() -> None:
    with pytest.raises(UnreadableError, match="from schema 2 to 3"):
        upcast("a", 1, 4, {1: str.upper}, "it")


@pytest.mark.parametrize("error", [ValueError("no"), KeyError("no"), ZeroDivisionError("no")])
def test_whatever_a_step_raises_means_unreadable(error: Exception) -> None:
    def fail(stored: str) -> str:
        raise error

    with pytest.raises(UnreadableError, match=r"it, from schema 1 to 2.*no"):
        upcast("a", 1, 2, {1: fail}, "it")


# ------------------------------------------------------------------ a module at schema 3


class Probe3(ProbeModule):
    """The probe's module two schemas later: its text is in an object, then has an author.

    1: `"hello"`   2: `{"text": "hello"}`   3: `{"text": "hello", "by": "?"}`
    """

    schema = 3

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.upcasters = {
            1: Upcaster(parts=_each_part(_second), document=_second),
            2: Upcaster(parts=_each_part(_third), document=_third),
        }

    def save_session(self, session: Any, touched: Collection[str] | None) -> Parts:
        return Parts({"text": orjson.dumps({"text": session, "by": "us"})})

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> Any:
        assert schema == 3
        return _checked(fields["text"])

    def load_session(self, snapshot: Snapshot) -> Any | None:
        return None if snapshot.document is None else _checked(snapshot.document.data)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        if session is None:
            return DocumentSection(None)
        return DocumentSection(session_id, orjson.dumps({"text": session, "by": "us"}))


def _checked(data: bytes) -> str:
    stored = orjson.loads(data)
    if stored.keys() != {"text", "by"}:
        raise ValueError(f"not a probe of schema 3: {stored}")
    text: str = stored["text"]
    return text


def _second(data: bytes) -> bytes:
    text = orjson.loads(data)
    if text == "crash":
        raise ZeroDivisionError("as ordered")
    return orjson.dumps({"text": text})


def _third(data: bytes) -> bytes:
    return orjson.dumps({**orjson.loads(data), "by": "?"})


def _each_part(step: Any) -> Any:
    return lambda parts: {name: step(value) for name, value in parts.items()}


@pytest.fixture
def upgrade(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Servers that start from now on have the probe's module at schema 3."""

    def now() -> None:
        def load(*args: Any) -> Sequence[Any]:
            return [Probe3() if one.name == "probe" else one for one in load_modules(*args)]

        monkeypatch.setattr(wiring, "load_modules", load)

    return now


async def probed(world: World, text: str, *, saved: bool) -> tuple[Server, int]:
    """A character with a session of schema 1, in Postgres alone or in Redis too."""
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "probe.begin", text=text)
    if saved:
        await server.orchestrator.logout(hero)
        world.restart_redis_empty()
    await server.kill()
    return server, hero


def stored_in_second_schema(world: World, hero: int) -> None:
    """What schema 2 would have left of it, in both stores."""
    cold = world.cold.session_documents
    for session_id, document in list(cold.items()):
        cold[session_id] = evolve(document, data=_second(document.data), schema=2)
    if world.hot.core(hero):
        key = world.session_key(hero, "probe")
        metadata = orjson.loads(world.hot.session(key)[b"metadata"])
        world.spoil(key, b"text", _second(world.hot.session(key)[b"text"]))
        world.spoil(key, b"metadata", orjson.dumps({**metadata, "schema": 2}))


@pytest.mark.parametrize("saved", [False, True], ids=["redis", "postgres"])
@pytest.mark.parametrize("schema", [1, 2])
async def test_an_earlier_session_is_read_from_either_store_and_stored_anew(
    world: World, upgrade: Any, saved: bool, schema: int
) -> None:
    _, hero = await probed(world, "hello", saved=saved)
    if schema == 2:
        stored_in_second_schema(world, hero)
    upgrade()
    server = await world.start()
    login = await server.login(hero)
    assert login.restored_from in ("memory", "redis", "postgres")
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}
    in_redis = world.hot.session(world.session_key(hero, "probe"))
    assert orjson.loads(in_redis[b"metadata"])["schema"] == 3
    assert orjson.loads(in_redis[b"text"]) == {"text": "hello", "by": "us"}
    await server.send(hero, "probe.write", text="changed")
    await server.orchestrator.backup_full_state(hero)
    [document] = world.cold.session_documents.values()
    assert (document.schema, orjson.loads(document.data)["text"]) == (3, "changed")


@pytest.mark.parametrize("saved", [False, True], ids=["redis", "postgres"])
async def test_an_upcaster_that_fails_quarantines_that_character_alone(
    world: World, upgrade: Any, saved: bool
) -> None:
    _, hero = await probed(world, "crash", saved=saved)
    upgrade()
    server = await world.start()
    with pytest.raises(QuarantinedError, match="as ordered"):
        await server.login(hero)
    assert [entry.char_id for entry in world.cold.quarantined] == [hero]
    assert await server.character("Other")


@pytest.mark.parametrize("saved", [False, True], ids=["redis", "postgres"])
async def test_a_downgrade_refuses_what_it_does_not_know_and_leaves_it(
    world: World, upgrade: Any, monkeypatch: pytest.MonkeyPatch, saved: bool
) -> None:
    upgrade()
    _, hero = await probed(world, "hello", saved=saved)
    monkeypatch.setattr(wiring, "load_modules", load_modules)
    server = await world.start()
    documents = dict(world.cold.session_documents)
    with pytest.raises(QuarantinedError, match="newer version"):
        await server.login(hero)
    assert world.cold.session_documents == documents
    await server.stop()
    upgrade()
    server = await world.start()
    await server.login(hero)
    assert (await server.send(hero, "probe.read")).reply == {"text": "hello"}


async def test_a_module_without_upcasters_reads_what_is_older_by_itself() -> None:
    class Tolerant(ProbeModule):
        schema = 2

        def restore_session(self, fields: Mapping[str, bytes], schema: int) -> Any:
            return f"{schema}: {super().restore_session(fields, schema)}"

    assert restored(Tolerant(), {"text": b'"hello"'}, 1) == "1: hello"
    with pytest.raises(NewerSchemaError):
        restored(Tolerant(), {"text": b'"hello"'}, 3)


def test_items_of_different_schemas_are_each_brought_up_to_date() -> None:
    class Hoard(ProbeModule):
        schema = 2
        upcasters = {  # noqa: RUF012  # nobody changes it
            1: Upcaster(
                item=lambda row: evolve(row, quantity=row.quantity * 10),
                state=lambda state: state + b"!",
            )
        }

        def load_session(self, snapshot: Snapshot) -> Any:
            return [row.quantity for row in snapshot.items], snapshot.state

    rows = (ItemRow(1, "acid", 1), ItemRow(2, "acid", 1, schema=2))
    assert loaded(Hoard(), Snapshot(1, rows, b"old")) == ([10, 1], b"old!")
    assert loaded(Hoard(), Snapshot(1, rows, b"new", state_schema=2)) == ([10, 1], b"new")


# ------------------------------------------------------------------ the core


def core_fields() -> dict[str, bytes]:
    pairs = encode_core(CORE, ("state", "location", "bio", "stats", "vitals"))
    return {name.decode(): value for name, value in zip(pairs[::2], pairs[1::2], strict=True)}


SECOND = CoreSchema(
    2,
    {1: lambda fields: {**fields, "state": b"inventory"}},
    {1: lambda row: evolve(row, game_stage="inventory")},
)


def test_a_core_that_says_no_schema_is_of_the_first() -> None:
    assert decode_core(core_fields()) == CORE
    assert decode_core(core_fields(), SECOND).state == "inventory"


def test_a_core_that_says_its_schema_is_not_brought_there_again() -> None:
    assert decode_core({**core_fields(), "schema": b"2"}, SECOND) == CORE


def test_a_row_is_brought_up_to_date_too() -> None:
    row = row_of_state(CharacterState(1, 1, 1, CORE, {}), "", b"[]")
    assert core_of_row(row, SECOND).state == "inventory"
    assert core_of_row(evolve(row, schema=2), SECOND) == CORE


def test_a_core_of_a_later_version_is_refused() -> None:
    row = row_of_state(CharacterState(1, 1, 1, CORE, {}), "", b"[]")
    with pytest.raises(NewerSchemaError):
        core_of_row(evolve(row, schema=2))
    with pytest.raises(NewerSchemaError):
        decode_core({**core_fields(), "schema": b"2"})


def test_a_whole_core_says_its_schema_from_the_second_on() -> None:
    assert encode_schema() == ()
    assert encode_schema(SECOND) == (b"schema", b"2")


async def test_a_core_that_a_later_version_wrote_is_left_alone(
    world: World,
) -> None:
    server = await world.start()
    hero = await server.character()
    await server.send(hero, "core.move", location="forest")
    await server.kill()
    world.spoil(keys.core(hero), b"schema", b"2")
    server = await world.start()
    with pytest.raises(QuarantinedError, match="newer version"):
        await server.login(hero)
    assert world.hot.core(hero)[b"location"] == b'{"current":"forest","prev":"start"}'
    world.hot.hashes[keys.core(hero)].pop(b"schema")
    assert (await server.login(hero)).character["location"]["current"] == "forest"
