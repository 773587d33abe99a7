"""Tells a story of steps to a running game, and holds every answer against the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import orjson
import trio
from attrs import asdict, define, evolve, field, frozen

from gamestate.errors import RefusedError
from gamestate.game.message_result import MessageResult
from persistence.hot import keys
from persistence.records import ItemRow
from tests.property.inventory_model import Model
from tests.support.game import Server
from tests.support.inventory.comparison import differences, holds, shows
from tests.support.inventory.story import ANOTHERS, NOBODYS, Step, Story
from tests.support.inventory.words import Item, Refusal, Settings
from tests.support.inventory.world import SmallWorld, WallClock, small_game

Outcomes = Counter[tuple[str, str]]
"""How often each command was answered how: `ok`, or the code of the refusal."""

NEVER_ISSUED: Final = 10**12
NAMES: Final = ("Mira", "Tarn")
READS: Final = ("view", "inspect")
PREFIX: Final = keys.session_prefix("inventory")
SESSION_FIELD: Final = keys.session_field("inventory").encode()
SERVER: Final[Mapping[str, Any]] = {"backup_interval_s": 20, "passivate_after_s": 100}


@frozen
class Seen:
    """What a client sees of one character, but for the version: the inventory and the core."""

    version: int
    inventory: Mapping[str, Any]
    core: Mapping[str, Any]


@frozen
class Sent:
    """A message that changed something, and its receipt."""

    type: str
    payload: Mapping[str, Any]
    message_id: str
    receipt: MessageResult


@define
class Hero:
    """A character, what the rules say of it, what was seen last, and how many of each template it
    got and gave away by what the answers said."""

    char_id: int
    model: Model
    seen: Seen
    owns: Counter[str] = field(factory=Counter)
    last: Sent | None = None


async def tell(story: Story) -> Outcomes:
    """Tell the whole story in a world of its own; how it was answered. Raises AssertionError, with
    what was said."""
    clock = WallClock()
    failure: Exception | None = None
    with small_game(clock):
        async with trio.open_nursery() as nursery:
            teller = Teller(SmallWorld(nursery), clock, story.settings)
            try:
                await teller.tell(story.steps)
            except Exception as error:  # noqa: BLE001  # it is raised again, out of its group
                error.add_note("\n".join(teller.said))
                failure = error
            nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure
    return teller.outcomes


class Teller:
    """One world, its two characters, and the server that runs now.

    Attributes:
        said: a line for each thing that happened and how it was answered.
    """

    def __init__(self, world: SmallWorld, clock: WallClock, settings: Settings) -> None:
        self.said: list[str] = [f"{settings}"]
        self.outcomes: Outcomes = Counter()
        self._world = world
        self._clock = clock
        self._settings = settings
        self._heroes: list[Hero] = []
        self._epochs: dict[int, int] = {}
        self._server: Server
        self._messages = 0

    async def tell(self, steps: tuple[Step, ...]) -> None:
        """Everything, step after step."""
        await self._start()
        issued: set[int] = set()
        for name in NAMES:
            char_id = await self._server.character(name)
            model = Model(self._settings, issued, self._clock.now_s)
            hero = Hero(char_id, model, await self._look(char_id))
            self._heroes.append(hero)
            self._compare(hero)
        for step in steps:
            await getattr(self, f"_{step.kind}")(self._heroes[step.hero], **step.details)

    # ------------------------------------------------------------------ messages

    async def _asks(
        self, hero: Hero, *, action: str, dies_after: int | None = None, **details: Any
    ) -> None:
        payload = self._payload(hero, action, details)
        answer = await self._send(hero, f"inventory.{action}", payload, dies_after)
        before = hero.seen
        self.outcomes[action, answer.code if isinstance(answer, Refusal) else "ok"] += 1
        hero.model.judge(action, payload, answer)
        hero.seen = await self._look(hero.char_id)
        if isinstance(answer, Refusal) or action in READS:
            _check_same(before, hero.seen)
        else:
            _check_version(before, hero.seen)
            _check_totals(action, answer, hero.seen)
            _account(hero.owns, action, payload, answer, before)
        hero.model.settle(hero.seen.inventory)
        self._compare(hero)

    async def _repeats(self, hero: Hero) -> None:
        if hero.last is None:
            return
        last = hero.last
        receipt = await self._server.send(hero.char_id, last.type, last.message_id, **last.payload)
        self.said.append(f"repeated {last.message_id}")
        assert receipt.duplicate
        assert receipt.version == last.receipt.version
        assert _as_json(receipt.reply) == _as_json(last.receipt.reply)
        await self._sees_the_same(hero)

    async def _changes_vital(self, hero: Hero, *, vital: str, change: int) -> None:
        await self._send(hero, "core.adjust_vitals", {vital: change})
        pool = hero.model.vitals[vital]
        pool["cur"] = min(max(0, pool["cur"] + change), pool["max"])
        await self._looks_again(hero)

    async def _changes_stat(self, hero: Hero, *, stat: str, change: int) -> None:
        change = max(change, 3 - hero.model.stats[stat])
        await self._send(hero, "core.adjust_stats", {stat: change})
        hero.model.stats[stat] += change
        await self._looks_again(hero)

    async def _fights(self, hero: Hero, *, action: str) -> None:
        await self._send(hero, f"brawl.{action}", {})
        if action == "begin":
            hero.model.state = "combat"
        elif hero.model.state == "combat":
            hero.model.state = "exploration"
        await self._looks_again(hero)

    async def _send(
        self,
        hero: Hero,
        type_: str,
        payload: Mapping[str, Any],
        dies_after: int | None = None,
    ) -> Mapping[str, Any] | Refusal:
        """Ask, again if the server dies so many of trio's steps after it was asked."""
        self._messages += 1
        message_id = f"message-{self._messages}"
        self.said.append(f"{message_id}: {hero.char_id} {type_} {dict(payload)}")
        before = hero.seen.version
        if dies_after is not None:
            self.said.append("  the server dies and is asked again")
            self._server.submit(hero.char_id, type_, message_id, **payload)
            for _ in range(dies_after):
                await trio.lowlevel.checkpoint()
            await self._server.kill()
            await self._start()
        try:
            receipt = await self._server.send(hero.char_id, type_, message_id, **payload)
        except RefusedError as error:
            self.said.append(f"  refused: {error.code} {error.facts}")
            return Refusal(error.code, error.facts)
        self.said.append(f"  {receipt.version}: {_brief(receipt.reply)}")
        if receipt.version > before:
            hero.last = Sent(type_, payload, message_id, receipt)
        reply: Mapping[str, Any] = receipt.reply
        return reply

    def _payload(self, hero: Hero, action: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """The details, with what the character has in the place of each number that stands for
        something."""
        payload = {name: value for name, value in details.items() if value is not None}
        for name in ("item_id", "source_id"):
            if name in payload:
                payload[name] = self._item(hero, action, payload[name])
        if "target_id" in payload:
            payload["target_id"] = self._mate(hero, payload["source_id"], payload["target_id"])
        if isinstance(number := payload.get("slot"), int):
            payload["slot"] = _slot(hero.model, payload.get("item_id"), number)
        if (number := payload.get("index", 0)) < 0:
            payload["index"] = _quick_slot(hero.model, number)
        return payload

    def _item(self, hero: Hero, action: str, number: int | str) -> int:
        """The item that a number stands for: two times of three one that suits the action. Or the
        first of a template, that suits it if any does."""
        if number == ANOTHERS:
            others = (other for other in self._heroes if other is not hero)
            return min((item_id for other in others for item_id in other.model.items), default=0)
        items = hero.model.items
        suited = [item_id for item_id in sorted(items) if _suits(action, items[item_id], items)]
        if isinstance(number, str):
            of_it = (it for it in (*suited, *sorted(items)) if items[it].template_id == number)
            return next(of_it, NEVER_ISSUED)
        chosen = suited if number % 3 and suited else sorted(items)
        if number == NOBODYS or not chosen:
            return NEVER_ISSUED
        return chosen[number // 3 % len(chosen)]

    def _mate(self, hero: Hero, source_id: int, number: int) -> int:
        """The item that another may be put onto; the likeliest first, itself last."""
        items = hero.model.items
        if number == NOBODYS or source_id not in items:
            return NEVER_ISSUED
        alike = items[source_id].template_id
        key = [
            (it == source_id, items[it].template_id != alike, -items[it].room, it) for it in items
        ]
        return sorted(key)[number % len(key)][-1]

    # ------------------------------------------------------------------ the world

    async def _lets_time_pass(self, _: Hero, *, seconds: int) -> None:
        self.said.append(f"{seconds} s pass")
        self._clock.now_s += seconds
        await trio.sleep(seconds)
        for hero in self._heroes:
            hero.model.now_s = self._clock.now_s
            before = hero.seen.version
            await self._looks_again(hero)
            assert hero.seen.version == before

    async def _crashes(self, _: Hero) -> None:
        self.said.append("the server dies")
        await self._server.kill()
        await self._start()
        await self._everybody_sees_the_same()

    async def _crashes_with_redis(self, _: Hero) -> None:
        self.said.append("everything is saved, the server dies, Redis forgets everything")
        for hero in self._heroes:
            await self._save(hero)
        await self._server.kill()
        self._world.restart_redis_empty()
        await self._start()
        for hero in self._heroes:
            assert (await self._server.login(hero.char_id)).restored_from == "postgres"
        await self._everybody_sees_the_same()

    async def _loses(self, hero: Hero, *, what: str) -> None:
        self.said.append(f"Redis forgets {what}")
        if what == "everything":
            self._world.restart_redis_empty()
        elif self._session(hero):
            self._world.hot.lose(self._world.session_key(hero.char_id, "inventory"))
        for each in self._heroes:
            await self._save(each)  # or the next crash would be a second loss
        await self._everybody_sees_the_same()

    async def _leaves_and_returns(self, hero: Hero) -> None:
        self.said.append(f"{hero.char_id} logs out and in")
        await self._server.orchestrator.logout(hero.char_id)
        await self._server.login(hero.char_id)
        await self._sees_the_same(hero)

    async def _start(self) -> None:
        module_settings = {"inventory": asdict(self._settings)}
        self._server = await self._world.start(module_settings=module_settings, **SERVER)

    async def _save(self, hero: Hero) -> None:
        await self._server.orchestrator.backup_full_state(hero.char_id)
        rows = {it: row for it, (char_id, row) in self._rows() if char_id == hero.char_id}
        holds(rows, hero.model)

    def _rows(self) -> list[tuple[int, tuple[int, ItemRow]]]:
        return list(self._world.cold.item_rows.items())

    # ------------------------------------------------------------------ looking

    async def _look(self, char_id: int) -> Seen:
        inventory = dict((await self._server.send(char_id, "inventory.view")).reply)
        core = dict(await self._server.view(char_id))
        version, epoch = inventory.pop("version"), core.pop("epoch")
        assert core.pop("version") == version
        assert epoch >= self._epochs.get(char_id, 0)
        self._epochs[char_id] = epoch
        core.pop("sessions")  # a restore may make a new one
        return Seen(version, inventory, core)

    async def _looks_again(self, hero: Hero) -> None:
        hero.seen = await self._look(hero.char_id)
        self._compare(hero)

    async def _sees_the_same(self, hero: Hero) -> None:
        before = hero.seen
        await self._looks_again(hero)
        _check_same(before, hero.seen)

    async def _everybody_sees_the_same(self) -> None:
        for hero in self._heroes:
            await self._sees_the_same(hero)

    def _compare(self, hero: Hero) -> None:
        shows(hero.seen.inventory, hero.seen.core, hero.model)
        held: Counter[str] = Counter()
        for item in hero.model.items.values():
            held[item.template_id] += item.quantity
        assert held == +hero.owns, "something was made or lost"
        self._check_places()

    def _check_places(self) -> None:
        """No item is with two characters, and Redis has exactly those that a client sees."""
        with_anybody = [item_id for hero in self._heroes for item_id in hero.model.items]
        assert len(set(with_anybody)) == len(with_anybody)
        for hero in self._heroes:
            fields = self._session(hero)
            stored = {int(name[5:]) for name in fields if name.startswith(b"item:")}
            assert not fields or stored == hero.model.items.keys()

    def _session(self, hero: Hero) -> Mapping[bytes, bytes]:
        """The session's hash in Redis; empty if there is none now."""
        session_id = self._world.hot.core(hero.char_id).get(SESSION_FIELD)
        return self._world.hot.session(PREFIX + session_id) if session_id else {}


def _suits(action: str, item: Item, items: Mapping[int, Item]) -> bool:
    facts = item.facts
    if action in ("use", "assign_quick_slot"):
        return "charges" in facts
    if action == "equip":
        return "slots" in facts and item.slot is None
    if action == "split":
        return item.quantity > 1
    if action == "merge":
        return any(it.template_id == item.template_id and it.room > 0 for it in items.values())
    if action == "drop":
        return bool(item.data)
    return action != "unlock" or bool(item.data)


def _slot(model: Model, item_id: int | None, number: int) -> str:
    item = model.items.get(item_id or 0)
    slots: list[str] = item.facts.get("slots", []) if item else [*map(str, model.worn())]
    return slots[number % len(slots)] if slots else "head"


def _quick_slot(model: Model, number: int) -> int:
    used = [index for index, item_id in enumerate(model.quick_slots) if item_id is not None]
    return used[number % len(used)] if used else 0


def _check_same(before: Seen, after: Seen) -> None:
    changed = differences(asdict(before), asdict(after))
    assert before == after, "it must look as before, but " + "; ".join(changed)


def _check_version(before: Seen, after: Seen) -> None:
    changed = evolve(after, version=before.version) != before
    steps = after.version - before.version
    assert steps == 1 or (steps == 0 and not changed), f"from version {before} to {after}"


def _check_totals(action: str, answer: Mapping[str, Any], after: Seen) -> None:
    """What an answer says of the whole is what is seen then."""
    if action != "close":
        for name in ("weight", "slots"):
            assert answer[name] == after.inventory[name], f"the answer's {name}"
    if "quick_slots" in answer:
        assert answer["quick_slots"] == after.inventory["quick_slots"], "the answer's quick slots"


def _account(
    owns: Counter[str],
    action: str,
    payload: Mapping[str, Any],
    answer: Mapping[str, Any],
    before: Seen,
) -> None:
    """What a grant brought; what a drop, a discard and a use took."""
    if action == "grant":
        owns[payload["template_id"]] += answer["granted"]
    elif action in ("drop", "discard"):
        owns[answer["template_id"]] -= answer.get("dropped", 0) + answer.get("discarded", 0)
    elif action in ("use", "use_quick_slot"):
        worn = (item for item in before.inventory["equipped"].values() if item)
        items = (*before.inventory["backpack"], *worn)
        [had] = [it["quantity"] for it in items if it["item_id"] == answer["item_id"]]
        assert had - answer["left"] in (0, 1)
        owns[answer["template_id"]] -= had - answer["left"]


def _as_json(reply: Any) -> Any:
    return orjson.loads(orjson.dumps(reply))


def _brief(reply: Mapping[str, Any]) -> str:
    text = str(reply)
    return text if len(text) < 400 else f"{text[:400]}…"
