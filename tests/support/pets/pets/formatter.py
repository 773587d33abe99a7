"""Pets as a client sees them."""

from __future__ import annotations

from typing import Any

from pets.dto import PetDTO, PetsDTO
from pets.engine import PetsEngine


class PetsFormatter:
    """JSON values of DTOs."""

    def __init__(self, engine: PetsEngine) -> None:
        self._engine = engine

    def view(self, session: PetsDTO, now_s: float) -> dict[str, Any]:
        """`{"called": id or null, "pets": [pet, …]}`, the oldest pet first."""
        pets = [self.pet(pet, now_s) for _, pet in sorted(session.pets.items())]
        return {"called": session.called, "pets": pets}

    def pet(self, pet: PetDTO, now_s: float) -> dict[str, Any]:
        """`{"pet_id", "species", "name", "hunger": percent, "fondness"}`."""
        return {
            "pet_id": pet.pet_id,
            "species": pet.species,
            "name": pet.name,
            "hunger": self._engine.hunger(pet, now_s),
            "fondness": pet.fondness,
        }
