"""What the starter pack knows by name: whom one can fight, what one can be given, what one can
play.

The server may know more, or other things: the almanac only lets a player write `giant rat` for
`giant-rat`, and has something to show. What it does not know goes to the server as it was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from attrs import frozen

from gamestate.content.catalogue import Catalogue, load
from gamestate.play.picking import NothingLikeItError, folded, pick


@frozen
class Monster:
    """A kind of monster. `challenge`: its challenge rating."""

    id: str
    name: str
    challenge: float
    hp: int


class Almanac:
    """Read from the installed package at the first question."""

    @cached_property
    def _catalogue(self) -> Catalogue:
        return load()

    @cached_property
    def monsters(self) -> Sequence[Monster]:
        """All of them, the weakest first."""
        found = (
            Monster(id_, one.name, one.challenge_rating, one.hp)
            for id_, one in self._catalogue.monsters.items()
        )
        return sorted(found, key=lambda one: (one.challenge, one.hp, one.name))

    @cached_property
    def scenarios(self) -> Sequence[tuple[str, str]]:
        """(id, name), as they come."""
        return [(id_, one.name) for id_, one in self._catalogue.scenarios.items()]

    @cached_property
    def items(self) -> Sequence[tuple[str, str]]:
        """(template id, name), as they come."""
        return [(id_, one.name) for id_, one in self._catalogue.items.items()]

    def monster(self, word: str) -> str:
        """The id of a monster by its name, or a part of it. Raises: NotUnderstoodError: several are
        meant."""
        return _known(word, [(one.id, one.name) for one in self.monsters], "monster")

    def scenario(self, word: str) -> str:
        """As `monster`, of a scenario."""
        return _known(word, self.scenarios, "scenario")

    def item(self, word: str) -> str:
        """As `monster`, the template id of an item."""
        return _known(word, self.items, "item")

    def monsters_like(self, word: str) -> Sequence[Monster]:
        """Those with the word in their names."""
        return [one for one in self.monsters if folded(word) in folded(one.name)]


def _known(word: str, things: Iterable[tuple[str, str]], what: str) -> str:
    try:
        return pick(word, [(id_, (name, id_)) for id_, name in things], what)
    except NothingLikeItError:
        return "-".join(folded(word).split())
