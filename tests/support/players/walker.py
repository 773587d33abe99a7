"""A character on its way through a script, wherever and whenever the server dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any

from attrs import define, field, frozen

from tests.support.players.scripts import Answer, Message, Script
from tests.support.players.transcript import Transcript

LOOKS = ("inventory.view", "core.view")
"""What is looked at after every step."""

AT_THE_END = "the end"
NEW = 1
"""The version of a character that did nothing yet."""


@frozen
class Step:
    """One message that was answered.

    Attributes:
        place: what it was, and how often that had been.
        sent: as it was sent.
        version: of the character after it; None: it was refused.
        changed: whether it changed the character.
        looks: what was seen after it.
    """

    place: str
    sent: Mapping[str, Any]
    answer: Answer
    version: int | None
    changed: bool
    looks: Sequence[Answer]


@define(eq=False, slots=False)
class Walker:
    """One character and its script.

    Attributes:
        next: the message that is to be sent; None: it is at the end.
        repeated: the places of the steps that the server had taken already.
    """

    char_id: int
    script: Callable[[], Script]
    next: Message | None = None
    steps: list[Step] = field(factory=list)
    repeated: list[str] = field(factory=list)
    _deeds: Counter[str] = field(factory=Counter)
    _running: Script = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._running = self.script()
        self.next = next(self._running)

    @property
    def place(self) -> str:
        """Before which step it stands."""
        if self.next is None:
            return AT_THE_END
        return f"{self.next.deed} #{self._deeds[self.next.deed] + 1}"

    @property
    def places(self) -> list[str]:
        """Where it has stood so far, and stands."""
        return [*(step.place for step in self.steps), self.place]

    @property
    def message(self) -> dict[str, Any]:
        """The next message as the server takes it. Its id makes it safe to be sent again."""
        assert self.next is not None
        step = f"step-{len(self.steps) + 1}"
        return {**self._bare(self.next.type, self.next.payload), "message_id": step}

    @property
    def looks(self) -> list[dict[str, Any]]:
        """What it looks at after a step."""
        return [self._bare(look, {}) for look in LOOKS]

    def version_after(self, steps: int) -> int:
        """Which version it was after so many steps."""
        return max((step.version or 0 for step in self.steps[:steps]), default=NEW)

    def receives(self, receipt: Mapping[str, Any], looks: Iterable[Mapping[str, Any]]) -> None:
        """The answer to the next message, and what it saw then."""
        assert self.next is not None
        if receipt.get("duplicate"):
            self.repeated.append(self.place)
        self.steps.append(self._step(receipt, [look["reply"] for look in looks]))
        self._deeds[self.next.deed] += 1
        try:
            self.next = self._running.send(self.steps[-1].answer)
        except StopIteration:
            self.next = None

    @cached_property
    def transcript(self) -> Sequence[str]:
        """All it did and saw, when it is at the end: comparable with that of its twin."""
        assert self.next is None
        transcript = Transcript()
        return [
            transcript.of([step.place, step.version, step.answer, step.looks])
            for step in self.steps
        ]

    def _bare(self, type_: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"char_id": self.char_id, "type": type_, "payload": payload}

    def _step(self, receipt: Mapping[str, Any], looks: Sequence[Answer]) -> Step:
        answer: Answer = receipt.get("error") or receipt["reply"]
        version = receipt.get("version")
        changed = version is not None and version > self.version_after(len(self.steps))
        return Step(self.place, self.message, answer, version, changed, looks)


def differences(walkers: Iterable[Walker], twins: Mapping[int, Walker]) -> list[Any]:
    """Where each of them first saw something else than its twin (of the same id), and both."""
    found = []
    for walker in walkers:
        pairs = zip_longest(walker.transcript, twins[walker.char_id].transcript)
        found += [(walker.char_id, *pair) for pair in pairs if pair[0] != pair[1]][:1]
    return found


def stops(twins: Sequence[Walker]) -> dict[int, str]:
    """Where each of those who walk one script is to stop, by its id: somebody before every step
    that all of them took and at the end, the others at one that not all of them took."""
    shared = [at for at in twins[0].places if all(at in twin.places for twin in twins)]
    assert len(shared) <= len(twins), f"{len(twins)} can't stop at {len(shared)} places"
    stopping = {twin.char_id: at for twin, at in zip(twins, shared, strict=False)}
    for twin in twins[len(shared) :]:
        own = [at for at in twin.places if at not in shared]
        stopping[twin.char_id] = own[twin.char_id % len(own)] if own else AT_THE_END
    return stopping
