"""Catalogue files: TOML or JSON, a table of entries by id. Knows no template."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Any, Final

from attrs import frozen


class RepeatedKeys(dict[str, Any]):
    """A JSON object in which a key stood more than once; `repeated` names them."""

    repeated: tuple[str, ...] = ()


@frozen
class Entry:
    """One entry as it was written. `file`: the name of its file; `place`: the same, and its id if
    the file has others."""

    file: str
    place: str
    facts: Any


def read_entries(folder: Traversable, shelf: str, problems: list[str]) -> dict[str, Entry]:
    """The entries of `{shelf}.toml` and `{shelf}.json` in a folder, by id.

    A problem with a file is added to `problems` with the file's name and, for syntax, the line; the
    file then gives no entries.
    """
    entries: dict[str, Entry] = {}
    for suffix, parse in _PARSERS.items():
        file = folder / f"{shelf}{suffix}"
        for entry_id, facts in _read(file, file.name, parse, problems).items():
            if entry_id in entries:
                problems.append(f"{file.name}: {entry_id}: is in {entries[entry_id].file} too")
            entries[entry_id] = Entry(file.name, f"{file.name}: {entry_id}", facts)
    return entries


def read_files(folder: Traversable, shelf: str, problems: list[str]) -> dict[str, Entry]:
    """The entries of a shelf that is a folder of its own, one file (`.toml` or `.json`) an entry,
    whose name is the id. Problems as in `read_entries`."""
    entries: dict[str, Entry] = {}
    for name in _names(folder / shelf, shelf, problems):
        entry_id, _, suffix = name.rpartition(".")
        file = f"{shelf}/{name}"
        if entry_id in entries:
            problems.append(f"{file}: {entry_id} is in {entries[entry_id].file} too")
            continue
        before = len(problems)
        facts = _read(folder / shelf / name, file, _PARSERS[f".{suffix}"], problems)
        if len(problems) == before:
            entries[entry_id] = Entry(file, file, facts)
    return entries


def _names(folder: Traversable, shelf: str, problems: list[str]) -> list[str]:
    try:
        names = sorted(file.name for file in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        problems.append(f"{shelf}: {error.strerror}")
        return []
    return [name for name in names if name.endswith(tuple(_PARSERS))]


def stray_files(folder: Traversable, shelves: tuple[str, ...]) -> list[str]:
    """Problems with a folder: it cannot be listed, or has files of other names."""
    known = sorted(f"{shelf}{suffix}" for shelf in shelves for suffix in _PARSERS)
    try:
        names = sorted(file.name for file in folder.iterdir())
    except OSError as error:
        return [f"{folder}: {error.strerror}"]
    return [
        f"{name}: is no catalogue file (known: {', '.join(known)})"
        for name in names
        if name.endswith(tuple(_PARSERS)) and name not in known
    ]


def _read(
    file: Traversable, name: str, parse: Callable[[str], Any], problems: list[str]
) -> Mapping[str, Any]:
    """The file's table; `name` is what it is called in a problem."""
    try:
        return _table(name, parse(_decode(file.read_bytes())), problems)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except RecursionError:
        problems.append(f"{name}: is nested too deeply")
    except OSError as error:
        problems.append(f"{name}: {error.strerror}")
    except ValueError as error:
        problems.append(f"{name}: {error}")
    return {}


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"is not UTF-8: byte 0x{data[error.start]:02x} in line {line}") from error


def _table(file: str, entries: Any, problems: list[str]) -> Mapping[str, Any]:
    if not isinstance(entries, dict):
        problems.append(f"{file}: must be a table of entries by id")
        return {}
    if isinstance(entries, RepeatedKeys):
        problems += [
            f"{file}: {entry_id}: is there more than once" for entry_id in entries.repeated
        ]
    for entry_id, facts in entries.items():
        problems += [f"{file}: {entry_id}: {problem}" for problem in _repetitions(facts)]
    return entries


def _repetitions(value: Any, path: str = "") -> Iterator[str]:
    """Every object in `value` that has a key more than once, as `weapon.range: has …`."""
    if isinstance(value, RepeatedKeys):
        at = f"{path.removeprefix('.')}: " if path else ""
        yield f"{at}has {', '.join(map(repr, value.repeated))} more than once"
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _repetitions(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _repetitions(inner, f"{path}[{index}]")


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_json_object)


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    repeated = RepeatedKeys(fields)
    counts = Counter(key for key, _ in pairs)
    repeated.repeated = tuple(key for key, count in counts.items() if count > 1)
    return repeated


_PARSERS: Final[Mapping[str, Callable[[str], Any]]] = {
    ".toml": tomllib.loads,
    ".json": _parse_json,
}
