"""The frozen state of one character's pets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve, field, frozen

CALLED: Final = "called"
PET_PREFIX: Final = "pet:"


@frozen
class PetDTO:
    """One pet. `fed_s`: when it was full, Unix time in seconds."""

    pet_id: int
    species: str
    name: str
    fed_s: float
    fondness: int


@frozen
class PetsDTO:
    """The session. `pets` by id, never mutated. `called`: the id of the one that follows."""

    pets: Mapping[int, PetDTO] = field(factory=dict)
    called: int | None = None

    def having(self, pet: PetDTO) -> PetsDTO:
        """With this pet, new or as it is now."""
        return evolve(self, pets={**self.pets, pet.pet_id: pet})


def pet_part(pet_id: int) -> str:
    """The part that holds one pet."""
    return f"{PET_PREFIX}{pet_id}"


def touched(before: PetsDTO, after: PetsDTO) -> list[str]:
    """The parts that changed, appeared or went."""
    ids = before.pets.keys() | after.pets.keys()
    parts = [pet_part(it) for it in ids if before.pets.get(it) is not after.pets.get(it)]
    return parts if before.called == after.called else [CALLED, *parts]
