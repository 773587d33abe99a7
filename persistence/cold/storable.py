"""The rules by which Postgres refuses a record.

The fake refuses by these. The adapter lets Postgres refuse, which is faster, and applies these only
afterwards, to find the bad record of a refused batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

import orjson

from persistence.errors import BadRecordError
from persistence.records import (
    Backup,
    CharacterRow,
    CharId,
    DocumentSection,
    ItemRow,
    ItemsSection,
    NewCharacter,
    Section,
)

NO_CHARACTER: Final[CharId] = 0
"""The `char_id` of a BadRecordError that names no character; ids start at 1."""

_BIGINT: Final = range(-(2**63), 2**63)


def is_bigint(number: int) -> bool:
    """True if the column type `bigint` holds it."""
    return number in _BIGINT


def check_new(new: NewCharacter) -> None:
    """Raise BadRecordError if the character could not be inserted."""
    problems = [_text(new.name), _text(new.gender), _text(new.location)]
    problems += [_json(new.vitals), _stats(new.stats)]
    _raise_first(NO_CHARACTER, problems, new)


def check_batch(backups: Sequence[Backup]) -> None:
    """Raise BadRecordError, naming the character, for the first backup that could not be saved."""
    seen: set[object] = set()
    for backup in backups:
        _raise_first(backup.character.char_id, _problems(backup, seen), backup)


def storable_text(text: str) -> str:
    """The text with the characters that Postgres refuses escaped."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def bad_record(char_id: CharId, reason: str, offered: object) -> BadRecordError:
    """The error for a record that was offered, with all of it for the quarantine."""
    return BadRecordError(char_id, reason, repr(offered).encode("utf-8", "backslashreplace"))


def _raise_first(char_id: CharId, problems: Iterable[str | None], offered: object) -> None:
    problem = next(filter(None, problems), None)
    if problem is not None:
        raise bad_record(char_id, problem, offered)


def _problems(backup: Backup, seen: set[object]) -> Iterator[str | None]:
    yield from _row_problems(backup.character)
    for section in backup.sections.values():
        yield from _section_problems(section, seen)
    yield _two_states(backup.sections.values())


def _row_problems(row: CharacterRow) -> Iterator[str | None]:
    yield from map(_bigint, (row.char_id, row.epoch, row.version))
    texts = (row.owner, row.name, row.gender, row.game_stage, row.location_id, row.prev_location_id)
    yield from map(_text, texts)
    yield _json(row.vitals)
    yield _stats(row.stats)
    yield _json(row.receipts)


def _section_problems(section: Section, seen: set[object]) -> Iterator[str | None]:
    match section:
        case ItemsSection():
            yield from map(_bigint, section.drop)
            for item in section.put:
                yield _repeated(item.item_id, seen)
                yield from _item_problems(item)
            yield None if section.state is None else _json(section.state)
        case DocumentSection():
            for document in (*section.earlier, section):
                if document.session_id is not None:
                    yield from _document_problems(document, document.session_id, seen)


def _document_problems(
    document: DocumentSection, session_id: str, seen: set[object]
) -> Iterator[str | None]:
    yield _uuid(session_id)
    yield _repeated(session_id, seen)
    yield _json(document.data)
    for number, record in document.appended:
        yield _bigint(number)
        yield _json(record)


def _item_problems(item: ItemRow) -> Iterator[str | None]:
    yield from map(_bigint, (item.item_id, item.quantity, item.position, item.quick_slot))
    yield from map(_text, (item.template_id, item.slot))
    yield None if item.data is None else _json(item.data)


def _two_states(sections: Iterable[Section]) -> str | None:
    items = (section for section in sections if isinstance(section, ItemsSection))
    states = [section.state for section in items if section.state is not None]
    return "two sections have an inventory state" if len(states) > 1 else None


def _repeated(key: object, seen: set[object]) -> str | None:
    if key in seen:
        return f"{key} is twice in one batch"
    seen.add(key)
    return None


def _bigint(number: int | None) -> str | None:
    return None if number is None or number in _BIGINT else f"integer out of range: {number}"


def _text(text: str | None) -> str | None:
    if text is None:
        return None
    if "\x00" in text:
        return "text with a NUL"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"text that is not Unicode: {error}"
    return None


def _json(data: bytes) -> str | None:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return f"invalid JSON: {error}"
    return None


def _stats(stats: object) -> str | None:
    try:
        orjson.dumps(stats)
    except orjson.JSONEncodeError as error:
        return f"stats: {error}"
    return None


def _uuid(session_id: str) -> str | None:
    try:
        UUID(session_id)
    except ValueError as error:
        return f"session id: {error}"
    return None
