"""A module's own table of the configuration, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import field, frozen

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.monsters import MonsterGateway
from gamestate.content.scenarios.gateway import ScenarioGateway
from gamestate.errors import ConfigurationError
from gamestate.structure import StructureError, from_json

T = TypeVar("T")


@frozen
class ModuleSettings:
    """What the server passes to the entry point of a module.

    Attributes:
        settings: the table `[gamestate.module_settings.{name}]` as plain TOML values, empty if
            there is none. The module checks it and raises a ConfigurationError.
        items: `template(id)` returns the template of an item, or raises a MalformedError.
        monsters: a mapping from monster id to its template.
        scenarios: `scenario(id)` returns a scenario, or raises a MalformedError.

    The catalogue can be reloaded while the server runs: keep the gateways, not what they return.
    Left out (in tests), it is empty.
    """

    settings: Mapping[str, Any] = field(factory=dict)
    items: ItemGateway = field(factory=lambda: ItemGateway(Catalogue({}, {})))
    monsters: MonsterGateway = field(factory=lambda: MonsterGateway({}))
    scenarios: ScenarioGateway = field(factory=lambda: ScenarioGateway({}))


@frozen
class NoSettings:
    """For a module that has none."""


def settings_of(cls: type[T], module: str, table: Mapping[str, Any]) -> T:
    """The settings of a module, an attrs class, from its table.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    try:
        return from_json(dict(table), cls, f"module_settings.{module}")
    except StructureError as error:
        raise ConfigurationError(str(error)) from error
