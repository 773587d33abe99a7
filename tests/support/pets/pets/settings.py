"""What an operator may set for pets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import frozen

from gamestate.contract import Between, settings_of

A_YEAR_S: Final = 31_536_000


@frozen
class PetsSettings:
    """The table `[gamestate.module_settings.pets]`.

    Attributes:
        max_pets: of one character.
        hungry_after_s: how long after a meal a pet starves.
        food: the item it eats, by template id.
    """

    max_pets: Annotated[int, Between(1, 100)] = 3
    hungry_after_s: Annotated[float, Between(1, A_YEAR_S)] = 3_600.0
    food: str = "rations"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PetsSettings:
        """Raises: ConfigurationError: a setting is unknown or its value is not allowed."""
        return settings_of(cls, "pets", given)
