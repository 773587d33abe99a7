"""A module's own table of the configuration: what its values may be, and how it is read.

Each check is an attrs validator; its text names the setting and says what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, fields_dict, frozen

from gamestate.content.catalogue import Catalogue
from gamestate.content.items import ItemGateway
from gamestate.content.monsters import MonsterGateway
from gamestate.content.scenarios.gateway import ScenarioGateway
from gamestate.errors import ConfigurationError

if TYPE_CHECKING:
    from attrs import Attribute, AttrsInstance

T = TypeVar("T", bound="AttrsInstance")
Check = Callable[[object, "Attribute[Any]", Any], None]


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


def settings_of(cls: type[T], module: str, table: Mapping[str, Any]) -> T:
    """The settings of a module, an attrs class, from its table.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    known = fields_dict(cls)
    if unknown := sorted(set(table) - set(known)):
        there_are = f"known are {', '.join(known)}" if known else "there are none"
        raise ConfigurationError(
            f"module_settings.{module}: unknown {', '.join(unknown)}; {there_are}"
        )
    try:
        return cls(**table)
    except ValueError as error:
        raise ConfigurationError(f"module_settings.{module}: {error}") from error


def whole(low: int, most: int) -> Check:
    """A whole number."""

    def check(_: object, setting: Attribute[Any], value: Any) -> None:
        if type(value) is not int or not low <= value <= most:
            raise ValueError(f"{setting.name} must be a whole number from {low} to {most}")

    return check


def number(most: float) -> Check:
    """A number from 0, with a fraction or without."""

    def check(_: object, setting: Attribute[Any], value: Any) -> None:
        if type(value) not in (int, float) or not 0 <= value <= most:
            raise ValueError(f"{setting.name} must be a number from 0 to {most}")

    return check


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def check(_: object, setting: Attribute[Any], value: Any) -> None:
        if value not in allowed:
            raise ValueError(f"{setting.name} must be one of {', '.join(allowed)}")

    return check


def flag(_: object, setting: Attribute[Any], value: Any) -> None:
    """Yes or no."""
    if type(value) is not bool:
        raise ValueError(f"{setting.name} must be true or false")


def name(_: object, setting: Attribute[Any], value: Any) -> None:
    """What something is called: a text that is not empty."""
    if type(value) is not str or not value:
        raise ValueError(f"{setting.name} must be a name")
