"""The public face of pets: a command comes in, a transition goes out."""

from __future__ import annotations

from typing import Any

from gamestate.contract import AdjustVitals, Effect, TakeItems, Transition, TurnContext
from pets.commands import Adopt, Call, Dismiss, Feed, Play, Release, View, Wake
from pets.dto import PetDTO, PetsDTO, touched
from pets.engine import PetsEngine
from pets.formatter import PetsFormatter

NO_PETS = PetsDTO()

Session = PetsDTO | None


class PetsGateway:
    """One method a command: (turn, session, command) -> transition. `food`: a template id.

    Raises a RefusedError for what the rules refuse.
    """

    def __init__(self, engine: PetsEngine, formatter: PetsFormatter, food: str) -> None:
        self._engine = engine
        self._formatter = formatter
        self._food = food

    def adopt(self, turn: TurnContext, session: Session, command: Adopt) -> Transition:
        """The first one makes the session."""
        before, pet_id = session or NO_PETS, turn.new_item_id()
        after = self._engine.adopt(before, pet_id, command.species, command.name, turn.now_s)
        return self._changed(turn, before, after, after.pets[pet_id])

    def feed(self, turn: TurnContext, session: Session, command: Feed) -> Transition:
        """The inventory loses the food in the same turn; if it has none, nothing happens."""
        before, pet = self._chosen(session, command.pet_id)
        after = self._engine.feed(before, pet, turn.now_s)
        return self._changed(turn, before, after, pet, TakeItems(self._food, 1))

    def play(self, turn: TurnContext, session: Session, command: Play) -> Transition:
        """Who rolls a 1 is scratched."""
        before, pet = self._chosen(session, command.pet_id)
        roll = turn.random.randint(1, 6)
        after = self._engine.play(before, pet, roll, turn.now_s)
        hurt = (AdjustVitals({"hp": -1}),) if roll == 1 else ()
        return self._changed(turn, before, after, pet, *hurt, scratched=roll == 1)

    def call(self, turn: TurnContext, session: Session, command: Call) -> Transition:
        """One at a time."""
        before, pet = self._chosen(session, command.pet_id)
        return self._changed(turn, before, self._engine.call(before, pet, turn.now_s), pet)

    def dismiss(self, turn: TurnContext, session: Session, command: Dismiss) -> Transition:
        """It stays the character's."""
        before, pet = self._chosen(session, None)
        return self._changed(turn, before, self._engine.dismiss(before), pet)

    def release(self, turn: TurnContext, session: Session, command: Release) -> Transition:
        """Its part of the session goes."""
        before, pet = self._chosen(session, command.pet_id)
        return self._changed(turn, before, self._engine.release(before, pet), pet)

    def view(self, turn: TurnContext, session: Session, command: View) -> Transition:
        """All pets; none without a session."""
        return Transition(self._formatter.view(session or NO_PETS, turn.now_s))

    def wake(self, turn: TurnContext, session: Session, command: Wake) -> Transition:
        """The reply is not used."""
        before = session or NO_PETS
        after = self._engine.leave_if_starving(before, turn.now_s)
        if after is before:
            return Transition()
        return Transition(session=after, touched=touched(before, after))

    # ------------------------------------------------------------------ inside

    def _chosen(self, session: Session, pet_id: int | None) -> tuple[PetsDTO, PetDTO]:
        before = session or NO_PETS
        return before, self._engine.chosen(before, pet_id)

    def _changed(
        self,
        turn: TurnContext,
        before: PetsDTO,
        after: PetsDTO,
        pet: PetDTO,
        *effects: Effect,
        **facts: Any,
    ) -> Transition:
        """Reply `{"pet", "called", …facts}`: the pet as it is now, or as it was when it left."""
        seen = self._formatter.pet(after.pets.get(pet.pet_id, pet), turn.now_s)
        return Transition(
            reply={"pet": seen, "called": after.called, **facts},
            session=after,
            touched=touched(before, after),
            effects=effects,
        )
