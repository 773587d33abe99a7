"""Completion of a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gamestate.play.board import enemies, stands
from gamestate.play.content import Content
from gamestate.play.scene import Scene
from gamestate.play.verbs import VERBS, NotUnderstoodError, verb_of

Words = Callable[[], Iterable[str]]


class Completion:
    """Completes the first word to a verb, the others to ids of the last replies and of the server's
    content."""

    def __init__(self, content: Content, scene: Scene) -> None:
        self._content = content
        self._scene = scene
        things: Words = self._things
        self._words: Mapping[str, Words] = {
            **dict.fromkeys(("inspect", "equip", "use", "drop"), things),
            "unequip": self._worn,
            "grant": lambda: (str(one["template_id"]) for one in content.items),
            "fight": lambda: (str(one["monster"]) for one in content.monsters),
            "start": lambda: (str(one["scenario"]) for one in content.scenarios),
            "attack": self._enemies,
            "help": _verbs,
        }

    def __call__(self, before: str) -> Sequence[str]:
        """The completions of the last word of the line."""
        first, gap, _ = before.lstrip().partition(" ")
        last = before[before.rfind(" ") + 1 :]
        return sorted({one for one in self._candidates(first, gap) if one.startswith(last)})

    def _candidates(self, first: str, gap: str) -> Iterable[str]:
        if not gap:
            return _verbs()
        try:
            words = self._words.get(verb_of(first).name)
        except NotUnderstoodError:
            return ()
        return words() if words is not None else ()

    def _things(self) -> Iterable[str]:
        inventory: Mapping[str, Any] = self._scene.inventory or {}
        return [item["template_id"] for item in inventory.get("backpack", ())]

    def _worn(self) -> Iterable[str]:
        inventory: Mapping[str, Any] = self._scene.inventory or {}
        return [slot for slot, item in inventory.get("equipped", {}).items() if item]

    def _enemies(self) -> Iterable[str]:
        fight = self._scene.fight
        if fight is None:
            return ()
        return [str(number) for number, one in enumerate(enemies(fight), 1) if stands(one)]


def _verbs() -> Iterable[str]:
    return (verb.name for verb in VERBS)
