"""What an operator may set for pets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen
from attrs.validators import and_, ge, le

from gamestate.contract import ConfigurationError, InvalidPayloadError, structure

A_YEAR_S: Final = 31_536_000


@frozen
class PetsSettings:
    """The table `[gamestate.module_settings.pets]`.

    Attributes:
        max_pets: of one character.
        hungry_after_s: how long after a meal a pet starves.
        food: the item it eats, by template id.
    """

    max_pets: int = field(default=3, validator=and_(ge(1), le(100)))
    hungry_after_s: float = field(default=3_600.0, validator=and_(ge(1), le(A_YEAR_S)))
    food: str = "rations"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> PetsSettings:
        """Raises: ConfigurationError: a setting is unknown or its value is not allowed."""
        try:
            return structure(dict(given), cls, "module_settings.pets")
        except InvalidPayloadError as error:
            raise ConfigurationError(error.detail) from error
