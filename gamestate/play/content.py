"""The content of the server: its monsters, items and scenarios, by name.

A player can write `giant rat` for `giant-rat`. A name that is not in the content goes to the server
as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gamestate.play.picking import NothingLikeItError, folded, pick
from gamestate.play.wording import Facts

BY_STRENGTH: Final = ("challenge_rating", "hp", "name")


class Content:
    """`read`: returns the body of `GET /v1/content`; called at once, and by `renew`."""

    def __init__(self, read: Callable[[], Facts]) -> None:
        self._read = read
        self._index = read()

    def renew(self) -> None:
        """Read the content again."""
        self._index = self._read()

    @property
    def monsters(self) -> Sequence[Facts]:
        """All of them, the weakest first."""
        listed: Sequence[Facts] = self._index["monsters"]
        return sorted(listed, key=lambda one: [one[fact] for fact in BY_STRENGTH])

    @property
    def scenarios(self) -> Sequence[Facts]:
        """All of them, in the server's order."""
        listed: Sequence[Facts] = self._index["scenarios"]
        return listed

    @property
    def items(self) -> Sequence[Facts]:
        """All of them, in the server's order."""
        listed: Sequence[Facts] = self._index["items"]
        return listed

    def monster(self, word: str) -> str:
        """The id of a monster by its name, or a part of it. Raises: NotUnderstoodError: several are
        meant."""
        return _known(word, self.monsters, "monster", "monster")

    def scenario(self, word: str) -> str:
        """As `monster`, of a scenario."""
        return _known(word, self.scenarios, "scenario", "scenario")

    def item(self, word: str) -> str:
        """As `monster`, the template id of an item."""
        return _known(word, self.items, "template_id", "item")

    def monsters_like(self, word: str) -> Sequence[Facts]:
        """Those with the word in their names."""
        return [one for one in self.monsters if folded(word) in folded(one["name"])]


def _known(word: str, things: Iterable[Facts], id_: str, what: str) -> str:
    named = [(str(one[id_]), (str(one["name"]), str(one[id_]))) for one in things]
    try:
        return pick(word, named, what)
    except NothingLikeItError:
        return "-".join(folded(word).split())
