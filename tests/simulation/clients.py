"""The clients: they log in, play, look, log out, and send again what was not answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import trio

from tests.simulation.determinism import stream
from tests.simulation.message import Known, Sent
from tests.simulation.requests import Answer, Requests
from tests.simulation.seen import DRAUGHT, RELIC
from tests.simulation.server import Server
from tests.simulation.world import NAMES, World

THINK_S: Final = 0.35
RETRY_S: Final = 0.4
TRIES: Final = 4
"""After so many a client leaves it; in the end it is asked again what came of it."""

WITHOUT_ID: Final = 0.25
"""The share of messages without an id, which are never sent again."""

AGAIN: Final = 0.2
"""The share of answered messages that are sent again all the same."""


class Client:
    """One of those who play, all of them with all characters."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._chance = stream(world.schedule.seed, f"client {number}")
        self._requests = Requests(world, f"client-{number}")
        self._deeds = self._weighted()

    async def play(self) -> None:
        """Run until cancelled."""
        deeds, weights = zip(*self._deeds, strict=True)
        while True:
            await trio.sleep(self._chance.expovariate(1 / THINK_S))
            if self._world.quiet:
                continue
            char_id = self._chance.choice(self._world.characters)
            (deed,) = self._chance.choices(deeds, weights)
            await deed(char_id)

    def _weighted(self) -> Sequence[tuple[Callable[[int], Any], int]]:
        return [
            (self._tally, 30),
            (self._look, 12),
            (self._play_on, 16),
            (self._collect, 16),
            (self._rummage, 10),
            (self._fight, 8),
            (self._ask_the_impossible, 5),
            (self._wander, 6),
            (self._log_out, 3),
            (self._log_in, 3),
        ]

    # ------------------------------------------------------------------ what they do

    async def _tally(self, char_id: int) -> None:
        digit = self._world.ledger.new_digit(char_id)
        if digit is not None:
            with_id = self._chance.random() >= WITHOUT_ID
            await self._send(char_id, "core.adjust_stats", digit.change, with_id, digit=digit)

    async def _ask_the_impossible(self, char_id: int) -> None:
        """A change of which one half is against the rules: the other must not be done either."""
        digit = self._world.ledger.new_digit(char_id)
        if digit is not None:
            payload = {**digit.change, "strength": -1000}
            with_id = self._chance.random() >= WITHOUT_ID
            await self._send(
                char_id, "core.adjust_stats", payload, with_id, digit=digit, must_be_refused=True
            )

    async def _play_on(self, char_id: int) -> None:
        choice = self._chance.choice(("start", "step", "step", "step", "step", "ambush", "stop"))
        if choice == "start":
            await self._send(char_id, "scenario.start", {"scenario": "march"})
        elif choice == "stop" and self._chance.random() < 0.3:
            await self._send(char_id, "scenario.abandon", {})
        else:
            await self._send(char_id, "scenario.choose", {"choice": choice})

    async def _collect(self, char_id: int) -> None:
        mine = [it for it, relic in self._world.ledger.relics.items() if relic.char_id == char_id]
        what = self._chance.choice((RELIC, DRAUGHT, "drop", "drop"))
        if what == "drop" and mine:
            await self._send(char_id, "inventory.drop", {"item_id": self._chance.choice(mine)})
        elif what != "drop":
            quantity = 1 if what == RELIC else self._chance.randint(1, 3)
            payload = {"template_id": what, "quantity": quantity}
            await self._send(char_id, "inventory.grant", payload)

    async def _rummage(self, char_id: int) -> None:
        """Open, close, view, put things elsewhere, drink."""
        carried = self._carried(char_id)
        draughts = [item_id for item_id, template_id in carried.items() if template_id == DRAUGHT]
        what = self._chance.choice(("open", "view", "view", "close", "move", "use", "assign"))
        payload: Mapping[str, Any] = {}
        if what in ("move", "assign"):
            if not carried:
                return
            payload = {"item_id": self._chance.choice(list(carried))}
        if what == "use":
            if not draughts:
                return
            payload = {"item_id": self._chance.choice(draughts)}
        if what == "move":
            payload = {**payload, "position": self._chance.randrange(12)}
        if what == "assign":
            what, payload = "assign_quick_slot", {**payload, "index": self._chance.randrange(6)}
        await self._send(char_id, f"inventory.{what}", payload)

    async def _fight(self, char_id: int) -> None:
        what = self._chance.choice(("start", "attack", "attack", "attack", "flee", "view", "end"))
        if what == "start":
            payload: Mapping[str, Any] = {"monsters": [{"monster": "rat", "count": 2}]}
            await self._send(char_id, "combat.start", payload)
        elif what in ("attack", "flee"):
            await self._send(char_id, "combat.act", {"action": what})
        else:
            await self._send(char_id, f"combat.{what}", {})

    async def _wander(self, char_id: int) -> None:
        with_id = self._chance.random() >= WITHOUT_ID
        if self._chance.random() < 0.5:
            place = f"place {self._chance.randrange(100)}"
            await self._send(char_id, "core.move", {"location": place}, with_id)
        else:
            change = self._chance.randint(-8, 20)
            await self._send(char_id, "core.adjust_vitals", {"hp": change}, with_id)

    async def _look(self, char_id: int) -> None:
        await self._requests.view(self._server_for(char_id), char_id)

    async def _log_in(self, char_id: int) -> None:
        await self._requests.log_in(self._server_for(char_id), char_id)

    async def _log_out(self, char_id: int) -> None:
        await self._requests.log_out(self._server_for(char_id), char_id)

    # ------------------------------------------------------------------ how they do it

    async def _send(
        self,
        char_id: int,
        type_: str,
        payload: Mapping[str, Any],
        with_id: bool = True,
        **about: Any,
    ) -> None:
        """Send it, and send it again until its outcome is known or patience is at an end."""
        sent = self._world.ledger.write_down(char_id, type_, payload, with_id=with_id, **about)
        for _ in range(TRIES):
            server = self._server_for(char_id)
            answer = await self._requests.send(server, sent)
            if answer is Answer.LOG_IN:
                await self._requests.log_in(server, char_id)
            elif answer is Answer.ELSEWHERE:
                await self._fetch(server, char_id)
            elif answer in (Answer.OK, Answer.REFUSED) or not self._may_send_again(sent):
                break
            await trio.sleep(self._chance.expovariate(1 / RETRY_S))
        if sent.known is Known.DONE and with_id and self._chance.random() < AGAIN:
            await trio.sleep(self._chance.expovariate(1 / RETRY_S))
            await self._requests.send(self._server_for(char_id), sent)

    @staticmethod
    def _may_send_again(sent: Sent) -> bool:
        return sent.message_id is not None or sent.known is Known.NOTHING_DONE

    async def _fetch(self, server: Server, char_id: int) -> None:
        """Another server has it: take it from there, sometimes."""
        if self._chance.random() < 0.3:
            await self._requests.log_in(server, char_id)

    def _server_for(self, char_id: int) -> Server:
        """Usually the character's own."""
        own = char_id % self._world.schedule.servers
        if self._chance.random() < self._world.schedule.crowd:
            own = self._chance.randrange(self._world.schedule.servers)
        return self._world.servers[NAMES[own]]

    def _carried(self, char_id: int) -> Mapping[int, str]:
        """Items that the character was granted: id to template."""
        found: dict[int, str] = {}
        for sent in self._world.ledger.sent[char_id]:
            if sent.type == "inventory.grant" and sent.receipt is not None:
                for item in sent.receipt.reply["items"]:
                    found[item["item_id"]] = sent.payload["template_id"]
        return found
