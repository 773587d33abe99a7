"""What an earlier version of the code stored, brought to the shape of this one, step by step.

Every stored record says the schema it was written in. One of a later schema is refused: this code
does not know what it would lose. The modules' own code runs here on whatever a store had, so
whatever it raises means that the record is unreadable."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from attrs import evolve

from gamestate.contract.module import SessionModule, Snapshot, Upcaster
from persistence.records import ItemRow, StoredDocument

T = TypeVar("T")

NO_UPCASTERS: Final[Mapping[int, Upcaster]] = {}


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
    """The record in the newest schema; `steps[n]` makes n + 1 of n.

    Raises:
        NewerSchemaError: it is of a later one.
        UnreadableError: there is no such schema, no step from it, or a step fails.
    """
    if type(schema) is not int or schema < 1:
        raise UnreadableError(f"{what}: {schema!r} is no schema")
    if schema > newest:
        raise NewerSchemaError(what, schema, newest)
    for number in range(schema, newest):
        if number not in steps:
            raise UnreadableError(f"{what}: nothing leads from schema {number} to {number + 1}")
        with unreadable(f"{what}, from schema {number} to {number + 1}"):
            stored = steps[number](stored)
    return stored


def decoded(module: SessionModule, fields: Mapping[str, bytes], schema: Any) -> Any:
    """A session from all its parts as Redis holds them. Raises: UnreadableError.

    A module that has no upcasters is asked to read what is older by itself."""
    upcasters, newest = upcasters_of(module), module.schema
    reads_older = not upcasters and type(schema) is int and 1 <= schema < newest
    if schema != newest and not reads_older:
        steps = {number: each.parts for number, each in upcasters.items()}
        fields, schema = upcast(fields, schema, newest, steps, module.name), newest
    with unreadable(module.name):
        return module.decode(fields, schema)


def loaded(module: SessionModule, snapshot: Snapshot) -> Any | None:
    """A session from what Postgres has; None if the module has none to make of it.

    Raises: UnreadableError."""
    current = _current(module, snapshot)
    with unreadable(module.name):
        return module.load_session(current)


def upcasters_of(module: SessionModule) -> Mapping[int, Upcaster]:
    """The module's upcasters; none if it does not have the attribute."""
    found: Mapping[int, Upcaster] = getattr(module, "upcasters", NO_UPCASTERS)
    return found


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Whatever is raised means that the record is unreadable. Raises: UnreadableError."""
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        text = str(error) if isinstance(error, ValueError) else repr(error)
        raise UnreadableError(f"{what}: {text}") from error


def _current(module: SessionModule, snapshot: Snapshot) -> Snapshot:
    newest = module.schema
    if all(schema == newest for schema in _schemas(snapshot)):
        return snapshot
    upcasters = upcasters_of(module)
    if not upcasters and all(1 <= schema <= newest for schema in _schemas(snapshot)):
        return snapshot
    return evolve(
        snapshot,
        items=tuple(_item(module, upcasters, row) for row in snapshot.items),
        state=_state(module, upcasters, snapshot),
        document=_document(module, upcasters, snapshot.document),
    )


def _schemas(snapshot: Snapshot) -> Iterator[int]:
    for row in snapshot.items:
        yield row.schema
    if snapshot.state is not None:
        yield snapshot.state_schema
    if snapshot.document is not None:
        yield snapshot.document.schema


def _item(module: SessionModule, upcasters: Mapping[int, Upcaster], row: ItemRow) -> ItemRow:
    steps = {number: each.item for number, each in upcasters.items()}
    return upcast(row, row.schema, module.schema, steps, f"{module.name}: item {row.item_id}")


def _state(
    module: SessionModule, upcasters: Mapping[int, Upcaster], snapshot: Snapshot
) -> bytes | None:
    if snapshot.state is None:
        return None
    steps = {number: each.state for number, each in upcasters.items()}
    return upcast(snapshot.state, snapshot.state_schema, module.schema, steps, module.name)


def _document(
    module: SessionModule, upcasters: Mapping[int, Upcaster], stored: StoredDocument | None
) -> StoredDocument | None:
    if stored is None:
        return None
    steps = {number: each.document for number, each in upcasters.items()}
    data = upcast(stored.data, stored.schema, module.schema, steps, module.name)
    return StoredDocument(stored.session_id, data, module.schema)
