"""Reads what an earlier version of the code stored, step by step up to the current schema.

Every stored record says its schema. A record of a later schema is refused: this code does not know
what it would lose. Modules run here on unchecked bytes, so that any exception they raise means that
the record is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, TypeVar

from attrs import evolve

from gamestate.contract.module import SessionModule, Snapshot
from persistence.records import StoredDocument

T = TypeVar("T")


class UnreadableError(ValueError):
    """A stored record can't be read; the text says what and why."""


class NewerSchemaError(UnreadableError):
    """A record of a later schema: run the version that wrote it, or a later one."""

    def __init__(self, what: str, schema: int, newest: int) -> None:
        super().__init__(
            f"{what} was written by a newer version of the server "
            f"(schema {schema}, this one reads up to {newest})"
        )


def upcast(
    stored: T, schema: Any, newest: int, steps: Mapping[int, Callable[[T], T]], what: str
) -> T:
    """The record in the newest schema; `steps[n]` converts n to n + 1. Without any steps the record
    as it is: its reader knows the earlier schemas.

    Raises:
        NewerSchemaError: it is of a later schema.
        UnreadableError: there is no such schema, no step from it, or a step fails.
    """
    if type(schema) is not int or schema < 1:
        raise UnreadableError(f"{what}: {schema!r} is no schema")
    if schema > newest:
        raise NewerSchemaError(what, schema, newest)
    for number in range(schema, newest if steps else schema):
        if number not in steps:
            raise UnreadableError(f"{what}: nothing leads from schema {number} to {number + 1}")
        with unreadable(f"{what}, from schema {number} to {number + 1}"):
            stored = steps[number](stored)
    return stored


def restored(module: SessionModule, fields: Mapping[str, bytes], schema: Any) -> Any:
    """A session from all its parts as Redis holds them. Raises: UnreadableError."""
    fields = upcast(fields, schema, module.schema, _steps(module, "parts"), module.name)
    with unreadable(module.name):
        return module.restore_session(fields, module.schema if module.upcasters else schema)


def loaded(module: SessionModule, snapshot: Snapshot) -> Any | None:
    """A session from what Postgres has; None if the module has none to make of it.

    Raises: UnreadableError."""
    name, newest, document = module.name, module.schema, snapshot.document
    items, state = snapshot.items, snapshot.state
    if any(row.schema != newest for row in items):
        steps = _steps(module, "item")
        items = [upcast(it, it.schema, newest, steps, f"{name}: item {it.item_id}") for it in items]
    if state is not None:
        state = upcast(state, snapshot.state_schema, newest, _steps(module, "state"), name)
    if document is not None:
        data = upcast(document.data, document.schema, newest, _steps(module, "document"), name)
        schema = newest if module.upcasters else document.schema
        document = StoredDocument(document.session_id, data, schema)
    with unreadable(name):
        return module.load_session(evolve(snapshot, items=items, state=state, document=document))


def _steps(module: SessionModule, part: str) -> Mapping[int, Callable[[Any], Any]]:
    """One function of each upcaster, by the schema it starts from."""
    function = attrgetter(part)
    return {number: function(upcaster) for number, upcaster in module.upcasters.items()}


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Any exception means that the record is unreadable. Raises: UnreadableError."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        text = str(error) if isinstance(error, ValueError) else repr(error)
        raise UnreadableError(f"{what}: {text}") from error
