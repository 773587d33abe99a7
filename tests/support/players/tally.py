"""Players for `tests.support.players.load` of whom many change the same few characters at once.

Every message adds one of something and has an id, and is resent until it is answered. So if a
process dies meanwhile, the versions acknowledged for a character are all different and have no
gaps, and what it has in the end is what was sent.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import orjson
from attrs import frozen

from tests.support.outcomes import Outcome
from tests.support.players.ledger import TRY_AGAIN, Message

STRENGTHEN: Final = "core.adjust_stats"
ARM: Final = "inventory.grant"
QUIVER: Final = 100
"""How many arrows make a full stack."""


@frozen
class Acknowledged:
    """One message and the version it made. `has`: how much strength the character had
    then, or how many arrows the stack. `at`: when the reply came, by `time.monotonic`."""

    char_id: int
    type: str
    version: int
    has: int
    duplicate: bool
    at: float


class TallyPlayer:
    """Adds to each of the characters in turn."""

    def __init__(self, char_ids: Sequence[int], messages: int, name: str) -> None:
        self._char_ids = char_ids
        self._messages = messages
        self._name = name
        self._done: list[Acknowledged] = []

    def next(self) -> bytes | None:
        """The first message that is not acknowledged yet."""
        return self._message.request(self._char_id) if len(self._done) < self._messages else None

    def replied(self, status: int, body: bytes) -> None:
        """Write it down, or try again. Raises: AssertionError: it was neither done nor put off."""
        if status in TRY_AGAIN:
            return
        assert status == 200, body
        answer = orjson.loads(body)
        reply, type_ = answer["reply"], self._message.type
        has = reply["stats"]["strength"] if type_ == STRENGTHEN else reply["items"][0]["quantity"]
        self._done.append(
            Acknowledged(
                self._char_id, type_, answer["version"], has, answer["duplicate"], time.monotonic()
            )
        )

    def lost(self) -> None:
        """The same again."""

    def result(self) -> Sequence[Acknowledged]:
        """Everything acknowledged, in order."""
        return self._done

    @property
    def _char_id(self) -> int:
        return self._char_ids[len(self._done) % len(self._char_ids)]

    @property
    def _message(self) -> Message:
        number = len(self._done)
        if number % 3:
            return Message(STRENGTHEN, {"strength": 1}, f"{self._name}-{number}")
        return Message(ARM, {"template_id": "arrows", "quantity": 1}, f"{self._name}-{number}")


@frozen
class Tally:
    """Every connection adds to all the characters."""

    char_ids: Sequence[int]
    messages_each: int

    def __call__(self, connection: int) -> TallyPlayer:
        """The player of one connection."""
        first = connection % len(self.char_ids)
        char_ids = [*self.char_ids[first:], *self.char_ids[:first]]
        return TallyPlayer(char_ids, self.messages_each, f"client-{connection}")


def tally_outcome(
    scenario: str,
    done: Sequence[Acknowledged],
    versions: Mapping[int, int],
    before: Mapping[int, int],
) -> Outcome:
    """What came of it: `versions` that the characters have now, and had `before`, by id."""
    acknowledged = Counter(each.char_id for each in done)
    made = {char_id: versions[char_id] - before[char_id] for char_id in versions}
    moments = sorted(each.at for each in done)
    return Outcome(
        scenario=scenario,
        acknowledged=len(done),
        lost=sum(max(0, acknowledged[char_id] - made[char_id]) for char_id in made),
        twice=sum(max(0, made[char_id] - acknowledged[char_id]) for char_id in made),
        wrong=0,
        without_service_s=max(later - earlier for earlier, later in pairwise(moments)),
    )
