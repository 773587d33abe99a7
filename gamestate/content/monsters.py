"""MonsterGateway: the monsters of the catalogue for combat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gamestate.content.templates import MonsterTemplate


class MonsterGateway(Mapping[str, MonsterTemplate]):
    """The monster templates of the current catalogue, by id."""

    def __init__(self, monsters: Mapping[str, MonsterTemplate]) -> None:
        self._monsters = monsters

    def replace(self, monsters: Mapping[str, MonsterTemplate]) -> None:
        """Replace the monsters after a reload of the catalogue."""
        self._monsters = monsters

    def __getitem__(self, monster_id: str) -> MonsterTemplate:
        return self._monsters[monster_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._monsters)

    def __len__(self) -> int:
        return len(self._monsters)
