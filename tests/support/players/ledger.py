"""Players of a load (`load.py`) that write down what a server acknowledged and hold it to that.

An `Account` is what one client knows of its character. Only that client plays it, one message at a
time, so every acknowledged change is the version after the last one, and every reply and every view
can be foretold. After a lost answer (a broken connection, a 503, a 504) the client resends a
message that has an id; of one that has none it asks the character whether it was applied.

What does not fit is noted as a `Discrepancy` and play goes on, so that a report counts all of them.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from functools import cache
from itertools import count, takewhile
from typing import Any, Final, Literal

import orjson
from attrs import define, evolve, field, frozen

from gamestate.content.catalogue import load as load_catalogue
from tests.support.players.load import request

TRY_AGAIN: Final = frozenset((429, 503, 504))
SURE_TO_FOLLOW: Final = frozenset(("core.move", "core.adjust_vitals", "core.adjust_stats"))
"""The changes whose outcome follows from the payload alone, so that they need no message id."""
PLACES: Final = ("old mill", "harbour", "north gate", "crypt", "market", "tower")
MIX: Final[Mapping[str, int]] = {
    "core.move": 18,
    "core.adjust_vitals": 18,
    "core.adjust_stats": 16,
    "inventory.grant": 12,
    "inventory.drop": 10,
    "inventory.equip": 8,
    "inventory.unequip": 6,
    "core.view": 8,
    "inventory.view": 4,
}
WITH_ID: Final = 0.6
"""The share of the changes that could do without a message id and have one nevertheless."""

Kind = Literal["lost", "twice", "wrong"]


@frozen
class Held:
    """One stack of items."""

    template_id: str
    quantity: int
    slot: str | None


@frozen
class Message:
    """One message to one character. `message_id` None: the sender gave it none."""

    type: str
    payload: Mapping[str, Any]
    message_id: str | None = None

    @property
    def changes(self) -> bool:
        """Whether it makes a new version if it is not refused."""
        return not self.type.endswith(".view")

    def request(self, char_id: int) -> bytes:
        """The message as an HTTP request."""
        body: dict[str, Any] = {"type": self.type, "payload": self.payload}
        if self.message_id is not None:
            body["message_id"] = self.message_id
        return request("POST", f"/v1/characters/{char_id}/messages", orjson.dumps(body))


@frozen
class Discrepancy:
    """A promise that was not kept: an acknowledged change is 'lost', one was applied 'twice', or an
    answer is otherwise 'wrong'."""

    kind: Kind
    what: str


@define
class Account:
    """What a client knows of its character, by what the server acknowledged. `durability`: the
    store that is said to have it."""

    char_id: int
    epoch: int
    version: int
    location: dict[str, str | None]
    stats: dict[str, int]
    vitals: dict[str, dict[str, int]]
    items: dict[int, Held] = field(factory=dict)
    durability: str = "redis"

    @classmethod
    def of_login(cls, login: Mapping[str, Any]) -> Account:
        """The account of a character without items that has just been logged in."""
        seen = login["character"]
        core = {name: seen[name] for name in ("location", "stats", "vitals")}
        return cls(login["char_id"], login["epoch"], login["version"], **core)

    def apply(self, message: Message, reply: Mapping[str, Any] | None) -> None:
        """The message was applied. `reply` None: nobody heard it, it follows from the payload.

        Raises: AssertionError: the reply is not what this change of this state gives.
        """
        self.version += 1
        EFFECTS[message.type](self, message.payload, reply or {})

    def move(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        self.location = {"current": payload["location"], "prev": self.location["current"]}
        assert reply.get("location", self.location) == self.location

    def adjust_vitals(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        for name, change in payload.items():
            vital = self.vitals[name]
            vital["cur"] = min(max(vital["cur"] + change, 0), vital["max"])
        assert reply.get("vitals", self.vitals) == self.vitals

    def adjust_stats(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        for name, change in payload.items():
            self.stats[name] += change
        assert reply.get("stats", self.stats) == self.stats

    def grant(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        before = sum(self.items[stack["item_id"]].quantity for stack in self._grown(reply))
        for stack in reply["items"]:
            held = Held(payload["template_id"], stack["quantity"], None)
            self.items[stack["item_id"]] = held
        after = sum(stack["quantity"] for stack in reply["items"])
        assert after - before == payload["quantity"]

    def drop(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        held = self.items.pop(payload["item_id"])
        assert held.quantity - reply["dropped"] == reply["left"] >= 0
        if reply["left"]:
            self.items[payload["item_id"]] = evolve(held, quantity=reply["left"])

    def equip(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        worn = reply["item"]
        if worn["item_id"] != payload["item_id"]:  # one was taken from a stack
            stack = self.items[payload["item_id"]]
            self.items[payload["item_id"]] = evolve(stack, quantity=stack.quantity - 1)
        for seen in (worn, *reply["displaced"]):
            self.items[seen["item_id"]] = held(seen)

    def unequip(self, payload: Mapping[str, Any], reply: Mapping[str, Any]) -> None:
        seen = reply["item"]
        assert self.items[seen["item_id"]].slot == payload["slot"]
        self.items[seen["item_id"]] = held(seen)

    def check_view(self, type_: str, reply: Mapping[str, Any]) -> None:
        """Raises AssertionError if a view shows anything else than what was acknowledged."""
        if type_ == "core.view":
            assert reply["location"] == self.location
            assert reply["stats"] == self.stats
            assert reply["vitals"] == self.vitals
            assert reply["epoch"] >= self.epoch
            self.epoch = reply["epoch"]
        else:
            worn = [seen for seen in reply["equipped"].values() if seen is not None]
            everything = [*reply["backpack"], *worn]
            assert {seen["item_id"]: held(seen) for seen in everything} == self.items

    def _grown(self, reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [stack for stack in reply["items"] if stack["item_id"] in self.items]


Effect = Callable[[Account, Mapping[str, Any], Mapping[str, Any]], None]
EFFECTS: Final[Mapping[str, Effect]] = {
    "core.move": Account.move,
    "core.adjust_vitals": Account.adjust_vitals,
    "core.adjust_stats": Account.adjust_stats,
    "inventory.grant": Account.grant,
    "inventory.drop": Account.drop,
    "inventory.equip": Account.equip,
    "inventory.unequip": Account.unequip,
}


def held(seen: Mapping[str, Any]) -> Held:
    """An item as a reply shows it."""
    return Held(seen["template_id"], seen["quantity"], seen["slot"])


# ------------------------------------------------------------------ what is played


@cache
def templates() -> Mapping[str, tuple[str, ...]]:
    """Every template of the starter pack and the slots it may be worn in."""
    return {name: template.slots for name, template in load_catalogue().items.items()}


class Mixture:
    """A random mix of messages to the characters of one client; the same for the same seed."""

    def __init__(self, accounts: Sequence[Account], seed: str) -> None:
        self._accounts = accounts
        self._dice = random.Random(seed)
        self._ids = (f"{seed}-{number}" for number in count())
        self._templates = list(templates())

    def messages(self, how_many: int) -> Iterator[tuple[Account, Message]]:
        """So many messages, each made from what the account says at that moment."""
        kinds = self._dice.choices(list(MIX), list(MIX.values()), k=how_many)
        for type_ in kinds:
            account = self._dice.choice(self._accounts)
            yield account, self._message(type_, account)

    def _message(self, type_: str, account: Account) -> Message:
        payload = self._payload(type_, account)
        if payload is None:
            return Message("core.view", {})
        message = Message(type_, payload)
        if not message.changes or (type_ in SURE_TO_FOLLOW and self._dice.random() > WITH_ID):
            return message
        return evolve(message, message_id=next(self._ids))

    def _payload(self, type_: str, account: Account) -> dict[str, Any] | None:
        """What to send; None if this character has nothing to do it with."""
        dice = self._dice
        match type_:
            case "core.move":
                return {"location": dice.choice(PLACES)}
            case "core.adjust_vitals":
                return {"hp": dice.randint(-40, 40), "mp": dice.randint(-9, 9)}
            case "core.adjust_stats":
                return {dice.choice(list(account.stats)): dice.randint(-1, 3)}
            case "inventory.grant":
                return {"template_id": dice.choice(self._templates), "quantity": dice.randint(1, 3)}
            case "inventory.drop" | "inventory.equip" | "inventory.unequip":
                return self._one_item(type_, account)
            case _:
                return {}

    def _one_item(self, type_: str, account: Account) -> dict[str, Any] | None:
        if type_ == "inventory.unequip":
            slots = [held.slot for held in account.items.values() if held.slot]
            return {"slot": self._dice.choice(slots)} if slots else None
        wearable = templates()
        choice = [
            item_id
            for item_id, held in account.items.items()
            if held.slot is None and (type_ == "inventory.drop" or wearable[held.template_id])
        ]
        return {"item_id": self._dice.choice(choice)} if choice else None


# ------------------------------------------------------------------ who plays


@frozen
class Ledger:
    """What one client wrote down.

    Attributes:
        acknowledged: changes the server said were applied and safe.
        duplicates: of these, how many it had applied before the client resent them.
        resent: how often a message was sent again.
        refused: messages a rule said no to.
        acknowledged_at: the moments of all good answers, by `time.monotonic`.
        durable_in: acknowledged changes by the store that had them.
    """

    accounts: Sequence[Account]
    acknowledged: int
    duplicates: int
    resent: int
    refused: int
    acknowledged_at: Sequence[float]
    durable_in: Mapping[str, int]
    discrepancies: Sequence[Discrepancy]


class LedgerPlayer:
    """A well-behaved client: plays the messages one after another and gives none up."""

    def __init__(
        self, accounts: Sequence[Account], messages: Iterator[tuple[Account, Message]]
    ) -> None:
        self._accounts = accounts
        self._messages = messages
        self._account = accounts[0]
        self._message: Message | None = None
        self._in_doubt = False
        self._counts: Counter[str] = Counter()
        self._durable_in: Counter[str] = Counter()
        self._acknowledged_at: list[float] = []
        self._discrepancies: list[Discrepancy] = []

    def next(self) -> bytes | None:
        """The message under way again, or the next one."""
        if self._message is None:
            self._account, self._message = next(self._messages, (self._account, None))
            if self._message is None:
                return None
        asked = Message("core.view", {}) if self._must_ask else self._message
        return asked.request(self._account.char_id)

    @property
    def _must_ask(self) -> bool:
        """Whether only the character can tell if the message was applied."""
        message = self._message
        return (
            self._in_doubt
            and message is not None
            and message.changes
            and message.message_id is None
        )

    def replied(self, status: int, body: bytes) -> None:
        """Write it down."""
        if status in TRY_AGAIN:
            self.lost()
            return
        assert self._message is not None
        answer = orjson.loads(body)
        try:
            self._settle(self._message, status, answer)
        except (AssertionError, KeyError) as error:
            self._note("wrong", self._message, f"{error!r}: {status} {answer}")
        self._message = None
        self._in_doubt = False

    def lost(self) -> None:
        """The outcome is unknown."""
        self._in_doubt = True
        self._counts["resent"] += 1

    def result(self) -> Ledger:
        """Everything written down."""
        return Ledger(
            self._accounts,
            self._counts["acknowledged"],
            self._counts["duplicates"],
            self._counts["resent"],
            self._counts["refused"],
            self._acknowledged_at,
            self._durable_in,
            self._discrepancies,
        )

    def _settle(self, message: Message, status: int, answer: Mapping[str, Any]) -> None:
        if status == 409 and answer["code"] != "not_logged_in":
            self._counts["refused"] += 1
            return
        assert status == 200
        self._acknowledged_at.append(time.monotonic())
        self._account.durability = answer["durability"]
        if self._must_ask:
            self._learn(message, answer)
        elif message.changes:
            self._acknowledge(message, answer)
        else:
            self._compare(message, answer)

    def _acknowledge(self, message: Message, answer: Mapping[str, Any]) -> None:
        self._counts["acknowledged"] += 1
        self._counts["duplicates"] += answer["duplicate"]
        self._durable_in[answer["durability"]] += 1
        self._check_version(message, self._account.version + 1, answer["version"])
        self._account.apply(message, answer["reply"])
        assert self._in_doubt or not answer["duplicate"]

    def _learn(self, message: Message, answer: Mapping[str, Any]) -> None:
        """The view that says whether the message in doubt was applied."""
        if answer["version"] == self._account.version + 1:
            self._account.apply(message, None)
        self._compare(Message("core.view", {}), answer)

    def _compare(self, message: Message, answer: Mapping[str, Any]) -> None:
        self._check_version(message, self._account.version, answer["version"])
        self._account.check_view(message.type, answer["reply"])

    def _check_version(self, message: Message, expected: int, version: int) -> None:
        if version != expected:
            kind: Kind = "lost" if version < expected else "twice"
            self._note(kind, message, f"version {version} instead of {expected}")

    def _note(self, kind: Kind, message: Message, what: str) -> None:
        found = f"character {self._account.char_id}, {message}: {what}"
        self._discrepancies.append(Discrepancy(kind, found))


def never() -> bool:
    """Play on."""
    return False


@frozen
class MixedPlay:
    """Each connection plays a mixture to characters of its own. `over`: begins nothing new when it
    says so."""

    accounts: Sequence[Sequence[Account]]
    messages_each: int
    seed: str
    over: Callable[[], bool] = never

    def __call__(self, connection: int) -> LedgerPlayer:
        """The player of one connection."""
        mine = self.accounts[connection]
        mixture = Mixture(mine, f"{self.seed}-{connection}")
        messages = takewhile(lambda _: not self.over(), mixture.messages(self.messages_each))
        return LedgerPlayer(mine, messages)


@frozen
class Audit:
    """Each connection looks at everything of its characters, once."""

    accounts: Sequence[Sequence[Account]]

    def __call__(self, connection: int) -> LedgerPlayer:
        """The player of one connection."""
        mine = self.accounts[connection]
        views = [Message(type_, {}) for type_ in ("core.view", "inventory.view")]
        return LedgerPlayer(mine, ((account, view) for account in mine for view in views))


Script = Generator[bytes, Any, Any]
"""Yields requests, is sent the decoded answers and returns the result."""


class ScriptPlayer:
    """Plays a script to a server that nobody harms meanwhile: every answer must be a success."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._result: Any = None
        self._next: bytes | None = None
        self._advance(None)

    def next(self) -> bytes | None:
        """The next request."""
        return self._next

    def replied(self, status: int, body: bytes) -> None:
        """Tell the script. Raises: AssertionError."""
        assert 200 <= status < 300, body
        self._advance(orjson.loads(body))

    def lost(self) -> None:
        """Raises: AssertionError."""
        raise AssertionError("a connection broke")

    def result(self) -> Any:
        """What the script returned."""
        return self._result

    def _advance(self, answer: Any) -> None:
        try:
            self._next = self._script.send(answer)
        except StopIteration as end:
            self._next, self._result = None, end.value


def opening(numbers: Sequence[int], items_each: int) -> Script:
    """Create, log in and endow with `items_each` stacks one character for each number; the
    accounts. Together the characters get every template there is."""
    accounts = []
    for number in numbers:
        created = yield request("POST", "/v1/characters", orjson.dumps({"name": f"Hero {number}"}))
        login = yield request("POST", f"/v1/characters/{created['char_id']}/login")
        account = Account.of_login(login)
        yield from _endow(account, number * items_each, items_each)
        accounts.append(account)
    return accounts


def _endow(account: Account, first: int, how_many: int) -> Script:
    names = list(templates())
    grants = [
        Message(
            "inventory.grant",
            {"template_id": names[(first + number) % len(names)], "quantity": 1},
            f"endow-{number}",
        )
        for number in range(how_many)
    ]
    entries = [
        {
            "char_id": account.char_id,
            "type": grant.type,
            "payload": grant.payload,
            "message_id": grant.message_id,
        }
        for grant in grants
    ]
    receipts = yield request("POST", "/v1/messages", orjson.dumps(entries))
    for grant, receipt in zip(grants, receipts, strict=True):
        account.apply(grant, receipt["reply"])
        assert receipt["version"] == account.version


def each_path(paths: Sequence[str]) -> Script:
    """POST to each path, one after another; the answers."""
    answers: list[Any] = []
    for path in paths:
        answer = yield request("POST", path)
        answers += [answer]
    return answers
