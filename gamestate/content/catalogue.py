"""The catalogue: every item, monster and scenario there is, checked when it is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from attrs import field, frozen

from gamestate.content.scenarios.reading import VERSION_DIGITS, read_scenario
from gamestate.content.scenarios.scope import World, skills_of
from gamestate.content.scenarios.templates import Scenario
from gamestate.content.source import Entry, read_entries, read_files, stray_files
from gamestate.content.templates import ItemTemplate, MonsterTemplate
from gamestate.errors import ContentError
from gamestate.structure import StructureError, from_json

SHELVES: Final = ("items", "monsters")
T = TypeVar("T")
Template = TypeVar("Template", ItemTemplate, MonsterTemplate)


@frozen
class Catalogue:
    """All templates and scenarios by id, read-only. `version`: a digest of all of them, the same
    for the same content."""

    items: Mapping[str, ItemTemplate]
    monsters: Mapping[str, MonsterTemplate]
    scenarios: Mapping[str, Scenario] = field(factory=dict)
    version: str = ""


def load(content_dir: Path | None = None) -> Catalogue:
    """The starter pack, extended by the catalogue files in `content_dir`; see `read`."""
    starter = files("gamestate.content") / "starter"
    return read([starter] if content_dir is None else [starter, content_dir])


def read(folders: Sequence[Traversable]) -> Catalogue:
    """The catalogue in folders of which each may hold `items` and `monsters`, `.toml` or `.json`,
    and a folder `scenarios` with one such file for each.

    An entry replaces that of the same id in an earlier folder as a whole. Reads files: call it at
    start, or off the event loop.

    Raises:
        ContentError: something is wrong; the text has one line per problem, all of them, as
            `items.toml: longsword: slots[0]: 'hand' is not an equipment slot (…)`, and the fact
            `problems` is the list of these lines.
    """
    problems = [problem for folder in folders for problem in stray_files(folder, SHELVES)]
    written_items = _entries(read_entries, "items", folders, problems)
    items = _built(written_items, partial(_build, template=ItemTemplate), problems)
    written_monsters = _entries(read_entries, "monsters", folders, problems)
    monsters = _built(written_monsters, partial(_build, template=MonsterTemplate), problems)
    world = World(frozenset(written_items), frozenset(written_monsters), skills_of(items.values()))
    written_scenarios = _entries(read_files, "scenarios", folders, problems)
    scenarios = _built(written_scenarios, partial(read_scenario, world=world), problems)
    if problems:
        raise ContentError(_summary(problems, folders[-1]), problems=problems)
    return Catalogue(
        MappingProxyType(items),
        MappingProxyType(monsters),
        MappingProxyType(scenarios),
        _version(written_items, written_monsters, written_scenarios),
    )


def _entries(
    read_shelf: Callable[[Traversable, str, list[str]], Mapping[str, Entry]],
    shelf: str,
    folders: Sequence[Traversable],
    problems: list[str],
) -> Mapping[str, Entry]:
    entries: dict[str, Entry] = {}
    for folder in folders:
        entries |= read_shelf(folder, shelf, problems)
    return entries


def _built(
    entries: Mapping[str, Entry],
    build: Callable[[str, object], tuple[T | None, list[str]]],
    problems: list[str],
) -> dict[str, T]:
    made = {}
    for entry_id, entry in entries.items():
        built, found = build(entry_id, entry.facts)
        problems += [f"{entry.place}: {problem}" for problem in found]
        if built is not None:
            made[entry_id] = built
    return made


def _version(*shelves: Mapping[str, Entry]) -> str:
    facts = [{entry_id: entry.facts for entry_id, entry in shelf.items()} for shelf in shelves]
    canonical = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:VERSION_DIGITS]


def _build(
    entry_id: str, facts: object, template: type[Template]
) -> tuple[Template | None, list[str]]:
    if isinstance(facts, dict):
        if "template_id" in facts:
            return None, ["template_id: is the name of the entry and not repeated in it"]
        facts["template_id"] = entry_id
    try:
        built = from_json(facts, template)
    except StructureError as error:
        return None, error.problems
    return built, list(built.contradictions())


def _summary(problems: Sequence[str], folder: Traversable) -> str:
    return "\n  ".join([f"the content in {folder} cannot be used:", *problems])
