"""One request of a client, and what its answer means: for the ledger, and for the client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from actors.envelope import ReplySlot
from actors.errors import AskTimeoutError, DeliveryError
from gamestate.errors import (
    MessageIdReusedError,
    NotLoggedInError,
    OwnedElsewhereError,
    RefusedError,
)
from gamestate.game.message_result import MessageResult
from persistence.errors import BacklogFullError, FencedOutError, StoreUnavailableError
from tests.simulation.message import Known, Sent
from tests.simulation.seen import Seen, items_shown
from tests.simulation.server import Server, ServerLostError
from tests.simulation.world import World

T = TypeVar("T")


class Answer(Enum):
    """What a client does next."""

    OK = "go on"
    REFUSED = "a rule said no: go on"
    LOG_IN = "log in first"
    ELSEWHERE = "another server has the character"
    LATER = "nothing was done: try again later"
    UNKNOWN = "send the same again"


UNKNOWN: Final = (StoreUnavailableError, FencedOutError, AskTimeoutError, ServerLostError)
LATER: Final = (DeliveryError, BacklogFullError)


def meaning(error: BaseException) -> Answer | None:
    """What an error asks a client to do; None: it should never have seen it."""
    if isinstance(error, NotLoggedInError):
        return Answer.LOG_IN
    if isinstance(error, OwnedElsewhereError):
        return Answer.ELSEWHERE
    if isinstance(error, RefusedError) and not isinstance(error, MessageIdReusedError):
        return Answer.REFUSED
    if isinstance(error, LATER):
        return Answer.LATER
    return Answer.UNKNOWN if isinstance(error, UNKNOWN) else None


class Requests:
    """What one client sends."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    async def send(self, server: Server, sent: Sent) -> Answer:
        """Send a message (again)."""
        ledger, mark = self._world.ledger, self._world.ledger.mark(sent.char_id)
        lost, before = ledger.relics_lost(sent.char_id), sent.known
        ledger.leaves(sent)
        answers: list[Answer] = []

        def settled(slot: ReplySlot) -> None:
            if slot.error is None:
                self._acknowledged(server, sent, slot.value, mark, lost)
                answers.append(Answer.OK)
            else:
                answers.append(self._failed(server, sent, slot.error, before))

        try:
            await server.send(sent.char_id, sent.type, sent.payload, sent.message_id, settled)
        except ServerLostError as error:
            if not answers:
                self._note(f"{sent}: {error!r}")
                return Answer.UNKNOWN
        return answers[0]

    async def log_in(self, server: Server, char_id: int) -> Answer:
        """Log in; who does not wait for a calm world to end might take a character from the only
        server that has all of it."""
        if self._world.calm:
            return Answer.LATER
        self._world.logins += 1
        try:
            return await self._view(server, "login", char_id, self._log_in)
        finally:
            self._world.logins -= 1

    async def log_out(self, server: Server, char_id: int) -> Answer:
        """Log out; everything is in Postgres then."""

        async def log_out(_: int) -> None:
            version = await server.orchestrator.logout(char_id)
            row = self._world.in_postgres(char_id)
            if row.version < version:
                self._world.history.breaks(f"{char_id} was logged out at v{version}, not {row}")

        return await self._call(server, "logout", char_id, log_out)

    async def view(self, server: Server, char_id: int) -> Answer:
        """Look at a character."""
        return await self._view(server, "view", char_id, self._look)

    # ------------------------------------------------------------------ inside

    async def _view(
        self,
        server: Server,
        what: str,
        char_id: int,
        function: Callable[[Server, int], Awaitable[Mapping[str, Any]]],
    ) -> Answer:
        mark = self._world.ledger.mark(char_id)

        async def look(char_id: int) -> None:
            view = await function(server, char_id)
            where = f"the {what} of {self._name} at {server.name}"
            seen = Seen(where, char_id, view["epoch"], view["version"], view["stats"])
            self._note(f"{what} {seen}")
            self._world.ledger.answers(seen, mark)

        return await self._call(server, what, char_id, look)

    @staticmethod
    async def _log_in(server: Server, char_id: int) -> Mapping[str, Any]:
        return (await server.orchestrator.restore_full_state(char_id)).character

    @staticmethod
    async def _look(server: Server, char_id: int) -> Mapping[str, Any]:
        return await server.orchestrator.view(char_id)

    async def _call(
        self, server: Server, what: str, char_id: int, function: Callable[[int], Awaitable[None]]
    ) -> Answer:
        try:
            await server.call(function, char_id)
        except Exception as error:  # noqa: BLE001  # whatever it is, a client would see it
            return self._understood(f"{what} {char_id} at {server.name}", error)
        return Answer.OK

    def _acknowledged(
        self, server: Server, sent: Sent, receipt: MessageResult, mark: int, lost: Any
    ) -> None:
        world, char_id = self._world, sent.char_id
        self._note(
            f"{sent} at {server.name}: v{receipt.version} {receipt.durability}"
            f"{' duplicate' if receipt.duplicate else ''}"
        )
        if sent.type.endswith(".view"):
            world.ledger.answers(self._shown(server, sent, receipt), mark, lost)
            sent.known = Known.DONE
            return
        own_epoch = self._own_epoch(server, char_id)
        world.ledger.acknowledged(sent, receipt, world.epoch(char_id), own_epoch, mark)
        if not receipt.duplicate:
            world.tells_the_truth(str(sent), char_id, receipt)

    def _shown(self, server: Server, sent: Sent, receipt: MessageResult) -> Seen:
        epoch = self._own_epoch(server, sent.char_id)
        where = f"{sent.type} of {self._name} at {server.name}"
        reply = receipt.reply
        if sent.type == "inventory.view":
            items = items_shown(reply)
            return Seen(where, sent.char_id, epoch, receipt.version, items=items)
        return Seen(where, sent.char_id, epoch, receipt.version)

    def _own_epoch(self, server: Server, char_id: int) -> int:
        activation = self._world.activation(server, char_id)
        return 0 if activation is None else activation.state.epoch

    def _failed(self, server: Server, sent: Sent, error: BaseException, before: Known) -> Answer:
        answer = self._understood(f"{sent} at {server.name}", error)
        if answer is Answer.REFUSED:
            sent.known = Known.REFUSED
        elif answer is not Answer.UNKNOWN and sent.known is Known.UNKNOWN:
            sent.known = before
        return answer

    def _understood(self, what: str, error: BaseException) -> Answer:
        self._note(f"{what}: {type(error).__name__} {error}")
        answer = meaning(error)
        if answer is None:
            self._world.history.breaks(f"{what}: no client should see {error!r}")
            return Answer.UNKNOWN
        return answer

    def _note(self, what: str) -> None:
        self._world.history.note(self._name, what)
