"""What pets refuse, one class a rule, each with the facts to explain it."""

from __future__ import annotations

from gamestate.contract import RefusedError


class UnknownPetError(RefusedError):
    """The character has no such pet."""

    code = "unknown_pet"
    text = "the character has no pet {pet_id}"
    pet_id: int


class NoPetCalledError(RefusedError):
    """No pet follows the character, and the command names none."""

    code = "no_pet_called"
    text = "no pet follows the character: call one first, or name it by pet_id"


class TooManyPetsError(RefusedError):
    """The character has as many pets as it may have."""

    code = "too_many_pets"
    text = "the character has {most} pets already"
    most: int


class PetNotHungryError(RefusedError):
    """A full pet takes no food."""

    code = "pet_not_hungry"
    text = "pet {pet_id} is full"
    pet_id: int


class PetStarvingError(RefusedError):
    """A starving pet neither plays nor comes when it is called."""

    code = "pet_starving"
    text = "pet {pet_id} is starving: feed it first"
    pet_id: int
