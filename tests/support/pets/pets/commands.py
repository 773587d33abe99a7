"""What may be asked of pets. The payload of a message is structured into one of these."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from gamestate.contract import Text


@frozen
class Adopt:
    """`pets.adopt`: a new pet, half hungry."""

    species: Literal["cat", "dog", "raven"]
    name: Annotated[str, Text(40)]


@frozen
class Feed:
    """`pets.feed`: give one piece of food from the backpack to a pet, or to the called one."""

    pet_id: int | None = None


@frozen
class Play:
    """`pets.play`: a pet, or the called one, grows fonder, or scratches."""

    pet_id: int | None = None


@frozen
class Call:
    """`pets.call`: this pet follows from now on, until it starves or another is called."""

    pet_id: int


@frozen
class Dismiss:
    """`pets.dismiss`: no pet follows any more."""


@frozen
class Release:
    """`pets.release`: set a pet free, for good."""

    pet_id: int


@frozen
class View:
    """`pets.view`: see all of them; changes nothing."""


@frozen
class Wake:
    """`pets.wake`: the called pet may be starving. Sent by the server."""
