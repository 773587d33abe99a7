"""The rules of pets, on frozen DTOs: no clock, no randomness, no I/O."""

from __future__ import annotations

from attrs import evolve

from pets.dto import PetDTO, PetsDTO
from pets.refusals import (
    NoPetCalledError,
    PetNotHungryError,
    PetStarvingError,
    TooManyPetsError,
    UnknownPetError,
)
from pets.settings import PetsSettings


class PetsEngine:
    """Every rule takes the pets and returns what became of them, or raises a RefusedError.

    `now_s`: the time of the turn, Unix time in seconds.
    """

    def __init__(self, settings: PetsSettings) -> None:
        self._settings = settings

    # ------------------------------------------------------------------ what is

    def chosen(self, session: PetsDTO, pet_id: int | None) -> PetDTO:
        """The pet of this id; None: the one that follows."""
        wanted = session.called if pet_id is None else pet_id
        if wanted is None:
            raise NoPetCalledError
        if wanted not in session.pets:
            raise UnknownPetError(wanted)
        return session.pets[wanted]

    def hunger(self, pet: PetDTO, now_s: float) -> int:
        """Percent: 0 is full, at 100 it starves."""
        if now_s >= self.starves_at(pet):
            return 100
        return min(99, max(0, int(100 * (now_s - pet.fed_s) / self._settings.hungry_after_s)))

    def starves_at(self, pet: PetDTO) -> float:
        """When it will starve, Unix time in seconds."""
        return pet.fed_s + self._settings.hungry_after_s

    # ------------------------------------------------------------------ what may be done

    def adopt(
        self, session: PetsDTO, pet_id: int, species: str, name: str, now_s: float
    ) -> PetsDTO:
        """A new pet, half hungry."""
        if len(session.pets) >= self._settings.max_pets:
            raise TooManyPetsError(self._settings.max_pets)
        fed_s = now_s - self._settings.hungry_after_s / 2
        return session.having(PetDTO(pet_id, species, name, fed_s, fondness=0))

    def feed(self, session: PetsDTO, pet: PetDTO, now_s: float) -> PetsDTO:
        """It is full now."""
        if self.hunger(pet, now_s) == 0:
            raise PetNotHungryError(pet.pet_id)
        return session.having(evolve(pet, fed_s=now_s))

    def play(self, session: PetsDTO, pet: PetDTO, roll: int, now_s: float) -> PetsDTO:
        """It grows fonder by what was rolled."""
        self._must_not_starve(pet, now_s)
        return session.having(evolve(pet, fondness=pet.fondness + roll))

    def call(self, session: PetsDTO, pet: PetDTO, now_s: float) -> PetsDTO:
        """It follows, instead of the one before."""
        self._must_not_starve(pet, now_s)
        return evolve(session, called=pet.pet_id)

    def dismiss(self, session: PetsDTO) -> PetsDTO:
        """None follows."""
        self.chosen(session, None)
        return evolve(session, called=None)

    def release(self, session: PetsDTO, pet: PetDTO) -> PetsDTO:
        """It is removed."""
        left = {pet_id: one for pet_id, one in session.pets.items() if one is not pet}
        return PetsDTO(left, None if session.called == pet.pet_id else session.called)

    def leave_if_starving(self, session: PetsDTO, now_s: float) -> PetsDTO:
        """A starving pet stops following."""
        if session.called is None or now_s < self.starves_at(session.pets[session.called]):
            return session
        return evolve(session, called=None)

    def _must_not_starve(self, pet: PetDTO, now_s: float) -> None:
        if now_s >= self.starves_at(pet):
            raise PetStarvingError(pet.pet_id)
