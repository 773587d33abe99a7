"""The model: what was sent, what was answered, and so what every later state must and must not
have. It knows nothing of how servers work, and looks at the stores only to see whether a reply told
the truth about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import define, frozen

from gamestate.game.message_result import MessageResult
from tests.simulation.history import History
from tests.simulation.message import DIGITS, Digit, Known, Sent
from tests.simulation.seen import DRAUGHT, RELIC, Seen


@frozen
class Certain:
    """A change that was acknowledged, or seen in an answer: it is in every later state of this or a
    greater epoch. A server that a character was taken from may not know so yet, and show what was
    true under its own epoch."""

    sent: Sent
    epoch: int
    version: int


@define
class Relic:
    """An item of which there is one.

    Attributes:
        may_be_lost: it is being dropped.
        lost_epoch: it was, under this epoch or a lower one.
    """

    char_id: int
    granted: Sent
    may_be_lost: bool = False
    lost_epoch: int | None = None


NONE: Final[Mapping[int, int]] = {}
ALWAYS_CHANGE: Final = ("core.adjust_stats", "inventory.grant", "inventory.drop")
NOT_DONE: Final = (Known.NOTHING_DONE, Known.REFUSED)


class Ledger:
    """Of all characters."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._digits: dict[int, list[Digit]] = defaultdict(lambda: list(reversed(DIGITS)))
        self._certain: dict[int, list[Certain]] = defaultdict(list)
        self._is_certain: set[int] = set()
        self.sent: dict[int, list[Sent]] = defaultdict(list)
        self.relics: dict[int, Relic] = {}

    # ------------------------------------------------------------------ what is sent

    def write_down(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        *,
        with_id: bool = True,
        must_be_refused: bool = False,
        digit: Digit | None = None,
    ) -> Sent:
        """A new message."""
        number = sum(map(len, self.sent.values())) + 1
        message_id = f"m{number}" if with_id else None
        sent = Sent(number, char_id, type_, payload, message_id, digit, must_be_refused)
        self.sent[char_id].append(sent)
        return sent

    def new_digit(self, char_id: int) -> Digit | None:
        """A digit nobody has; None if all are given."""
        return self._digits[char_id].pop() if self._digits[char_id] else None

    def leaves(self, sent: Sent) -> None:
        """It is under way (again)."""
        if sent.known is Known.NOTHING_DONE:
            sent.known = Known.UNKNOWN
        if sent.type == "inventory.drop" and sent.payload["item_id"] in self.relics:
            self.relics[sent.payload["item_id"]].may_be_lost = True

    def mark(self, char_id: int) -> int:
        """A moment: what was certain then must be in every answer to what is sent from now on."""
        return len(self._certain[char_id])

    # ------------------------------------------------------------------ what is answered

    def acknowledged(
        self, sent: Sent, receipt: MessageResult, epoch: int, own_epoch: int, mark: int
    ) -> None:
        """It was done. `epoch`: the greatest that is claimed; `own_epoch`: of the server that
        answers, which a message that changes nothing does not tell it is the greatest no more;
        `mark`: when it was sent."""
        if sent.must_be_refused:
            self._breaks(f"{sent} must be refused and was done")
        if sent.receipt is not None:
            self._compare(sent, sent.receipt, receipt)
            return
        if not receipt.duplicate:
            strictly = sent.type in ALWAYS_CHANGE
            under = epoch if strictly else own_epoch
            self._above(sent.char_id, mark, receipt.version, under, str(sent), strictly=strictly)
        sent.known, sent.receipt = Known.DONE, receipt
        self._becomes_certain(sent, epoch, receipt.version)
        self._note_items(sent, receipt.reply, epoch)

    def _compare(self, sent: Sent, first: MessageResult, again: MessageResult) -> None:
        if not again.duplicate and sent.type in ALWAYS_CHANGE:
            self._breaks(f"{sent} was done twice: first as {first}, then as {again}")
        if again.duplicate and (first.version, first.reply) != (again.version, again.reply):
            self._breaks(f"{sent} was answered {first}, then {again}")

    def _note_items(self, sent: Sent, reply: Mapping[str, Any], epoch: int) -> None:
        if sent.type == "inventory.grant" and sent.payload["template_id"] == RELIC:
            for item in reply["items"]:
                known = self.relics.get(item["item_id"])
                if known is not None:
                    self._breaks(f"{sent} made item {item['item_id']}, as {known.granted} did")
                self.relics[item["item_id"]] = Relic(sent.char_id, sent)
        elif sent.type == "inventory.drop" and sent.payload["item_id"] in self.relics:
            self.relics[sent.payload["item_id"]].lost_epoch = epoch

    def _becomes_certain(self, sent: Sent, epoch: int, version: int) -> None:
        if sent.number not in self._is_certain:
            self._is_certain.add(sent.number)
            self._certain[sent.char_id].append(Certain(sent, epoch, version))

    # ------------------------------------------------------------------ what is seen

    def answers(self, seen: Seen, mark: int, relics_lost: Mapping[int, int] = NONE) -> None:
        """A client was shown this: everything certain at `mark` is in it, and what is in it is
        certain from now on. `relics_lost`: those that were then."""
        self._holds(seen, self._certain[seen.char_id][:mark])
        self._above(seen.char_id, mark, seen.version, seen.epoch, seen.where, strictly=False)
        if seen.stats is not None:
            for sent in self.sent[seen.char_id]:
                if sent.digit is not None and sent.digit.read(seen.stats):
                    self._becomes_certain(sent, seen.epoch, seen.version)
        if seen.items is not None:
            self._relics_in(seen, self._certain[seen.char_id][:mark], relics_lost)

    def holds_up_to_its_version(self, seen: Seen) -> None:
        """Everything certain that a lower version had, or this one, is in it."""
        certain = self._certain[seen.char_id]
        self._holds(seen, [one for one in certain if one.version <= seen.version])

    def _holds(self, seen: Seen, certain: Iterable[Certain]) -> None:
        self.admits(seen)
        for one in certain if seen.stats is not None else ():
            digit = one.sent.digit
            if digit is not None and one.epoch <= seen.epoch and not digit.read(seen.stats or {}):
                self._lost(one.sent, seen)

    def admits(self, seen: Seen) -> None:
        """It is whole, and nothing is in it twice, or that was refused or never handled."""
        if (torn := seen.torn()) is not None:
            self._breaks(f"{seen.where} has {seen.char_id} v{seen.version} torn: {torn}")
        for sent in self.sent[seen.char_id] if seen.stats is not None else ():
            times = 0 if sent.digit is None else sent.digit.read(seen.stats or {})
            if times > 1:
                self._breaks(f"{seen.where} has {sent} {times} times in v{seen.version}")
            if times and (sent.must_be_refused or sent.known in NOT_DONE):
                self._breaks(f"{seen.where} has {sent} in v{seen.version}, which did nothing")

    def _relics_in(self, seen: Seen, certain: Iterable[Certain], lost: Mapping[int, int]) -> None:
        present = {item_id for item_id, (name, _) in (seen.items or {}).items() if name == RELIC}
        must_be = {it.sent.number for it in certain if it.epoch <= seen.epoch}
        for item_id, relic in self.relics.items():
            mine = relic.char_id == seen.char_id
            if item_id in present and not mine:
                self._breaks(f"{seen.where} has item {item_id} of {relic.char_id} too")
            if item_id in present and lost.get(item_id, seen.epoch + 1) <= seen.epoch:
                self._breaks(f"{seen.where} has item {item_id}, which was dropped")
            must = mine and relic.granted.number in must_be and not relic.may_be_lost
            if must and item_id not in present:
                self._lost(relic.granted, seen)

    def relics_lost(self, char_id: int) -> Mapping[int, int]:
        """The relics that are gone for certain, and under which epoch they went."""
        return {
            item_id: it.lost_epoch
            for item_id, it in self.relics.items()
            if it.lost_epoch is not None and it.char_id == char_id
        }

    # ------------------------------------------------------------------ in the end

    def balances(self, seen: Seen) -> None:
        """Of a character of whose messages with an id the outcome is known: what was granted and
        not dropped or used is there, nothing else."""
        owned = {item_id for item_id, it in self.relics.items() if it.char_id == seen.char_id}
        kept = {item_id for item_id in owned if self.relics[item_id].lost_epoch is None}
        present = {item_id for item_id, (name, _) in (seen.items or {}).items() if name == RELIC}
        if present != kept:
            self._breaks(f"{seen.where} has the relics {sorted(present)}, not {sorted(kept)}")
        draughts = sum(map(_draughts, self.sent[seen.char_id]))
        if seen.count(DRAUGHT) != draughts:
            self._breaks(f"{seen.where} has {seen.count(DRAUGHT)} draughts, not {draughts}")
        steps = sum(_is_step(sent) for sent in self.sent[seen.char_id])
        if seen.stats is not None and seen.stats["marched"] != steps:
            self._breaks(f"{seen.where} has {seen.stats['marched']} steps, not {steps}")

    # ------------------------------------------------------------------ inside

    def _above(
        self, char_id: int, mark: int, version: int, epoch: int, what: str, *, strictly: bool
    ) -> None:
        """A later answer is of a later version."""
        for certain in self._certain[char_id][:mark]:
            behind = certain.version - version
            if certain.epoch <= epoch and (behind > 0 or (strictly and behind == 0)):
                self._breaks(f"{what}: v{version} comes after {certain.sent}: v{certain.version}")

    def _lost(self, sent: Sent, seen: Seen) -> None:
        how = "acknowledged" if sent.known is Known.DONE else "seen in an answer"
        self._breaks(f"LOST: {sent} was {how} and is not in {seen.where} (v{seen.version})")

    def _breaks(self, promise: str) -> None:
        self._history.breaks(promise)


def _draughts(sent: Sent) -> int:
    if sent.known is not Known.DONE:
        return 0
    if sent.type == "inventory.grant" and sent.payload["template_id"] == DRAUGHT:
        return int(sent.payload["quantity"])
    return -1 if sent.type == "inventory.use" else 0


def _is_step(sent: Sent) -> bool:
    return sent.known is Known.DONE and sent.payload.get("choice") == "step"
