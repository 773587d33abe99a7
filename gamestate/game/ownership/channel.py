"""HandoverChannel: sends and receives handover messages, over Redis.

Delivery is at most once: a message to a server that does not listen is lost, which the sender sees
by the number of listeners. A sender waits for an answer for a limited time only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import trio

from gamestate.game.observer import GameObserver
from gamestate.game.ownership.messages import HandoverMessage, decode, encode
from persistence.coalesce import Coalescer
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import ChannelStore

RECONNECT_S: Final = 0.25
"""The time between the loss of the subscription and the next try, seconds."""


class HandoverChannel:
    """The channel of one server, and the way to the others'. `run` must run for any of it to work.

    Attributes:
        listening: set while answers can be received.
    """

    def __init__(self, server: str, hot: ChannelStore, observer: GameObserver) -> None:
        self.listening = trio.Event()
        self._server = server
        self._hot = hot
        self._observer = observer
        self._outgoing = Coalescer(self._publish)

    async def run(self, receive: Callable[[HandoverMessage], None]) -> None:
        """Send, and call `receive` with each message from another server, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._outgoing.run)
            while True:
                await self._listen(receive)
                await trio.sleep(RECONNECT_S)

    async def send(self, message: HandoverMessage) -> bool:
        """Send a message; whether its receiver listens. False too if Redis does not take it."""
        try:
            return await self._outgoing.ask(message) > 0
        except HotStoreUnavailableError:
            return False

    async def _listen(self, receive: Callable[[HandoverMessage], None]) -> None:
        def receive_batch(data: bytes) -> None:
            try:
                messages = decode(data)
            except ValueError as error:
                self._observer.unreadable_handover_message(str(error))
                return
            for message in messages:
                receive(message)

        try:
            await self._hot.listen(keys.handover(self._server), receive_batch, self.listening.set)
        except HotStoreUnavailableError:
            if self.listening.is_set():
                self.listening = trio.Event()

    async def _publish(self, messages: Sequence[HandoverMessage]) -> Sequence[int]:
        """One batch for each server; how many listen to each message."""
        batches = defaultdict(list)
        for message in messages:
            batches[message.server].append(message)
        listeners = {
            server: await self._hot.publish(keys.handover(server), encode(self._server, batch))
            for server, batch in batches.items()
        }
        return [listeners[message.server] for message in messages]
