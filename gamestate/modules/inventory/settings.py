"""What an operator may set for the inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import field, fields_dict, frozen

from gamestate.errors import ConfigurationError
from gamestate.modules.inventory.dto import MAX_PLACES

if TYPE_CHECKING:
    from attrs import Attribute

MAX_POUNDS: Final = 1_000_000


def _slots(_: object, setting: Attribute[int], value: int) -> None:
    if type(value) is not int or not 1 <= value <= MAX_PLACES:
        raise ValueError(f"{setting.name} must be a whole number from 1 to {MAX_PLACES}")


def _pounds(_: object, setting: Attribute[float], value: float) -> None:
    if type(value) not in (int, float) or not 0 <= value <= MAX_POUNDS:
        raise ValueError(f"{setting.name} must be a number from 0 to {MAX_POUNDS}")


@frozen
class InventorySettings:
    """Capacity and weight. Weights are pounds per point of strength; they are shown, and refuse
    nothing."""

    capacity_slots: int = field(default=100, validator=_slots)
    carry_lb_per_strength: float = field(default=15.0, validator=_pounds)
    encumbered_lb_per_strength: float = field(default=10.0, validator=_pounds)
    overloaded_lb_per_strength: float = field(default=15.0, validator=_pounds)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> InventorySettings:
        """The settings of a configuration table.

        Raises:
            ConfigurationError: a setting is unknown or its value is not allowed.
        """
        known = fields_dict(cls)
        if unknown := sorted(set(settings) - set(known)):
            raise ConfigurationError(
                f"module_settings.inventory: unknown {', '.join(unknown)}; "
                f"known are {', '.join(known)}"
            )
        try:
            return cls(**settings)
        except ValueError as error:
            raise ConfigurationError(f"module_settings.inventory: {error}") from error
