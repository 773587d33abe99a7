"""Notes between servers, over Redis: out in batches, in as they come.

Nothing is kept and nothing is repeated: a note to a server that does not listen is lost, which the
sender sees by the number of listeners. Who waits for an answer waits for a while only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import trio

from gamestate.game.observer import GameObserver
from gamestate.game.ownership.messages import Note, decode, encode
from persistence.coalesce import Coalescer
from persistence.errors import HotStoreUnavailableError
from persistence.hot import keys
from persistence.hot.store import HotStore

AGAIN_S: Final = 0.25
"""How long after the channel was lost it is listened to again, seconds."""


class Messenger:
    """The channel of one server, and the way to the others'. `run` must run for any of it to work.

    Attributes:
        listening: set while answers can be heard.
    """

    def __init__(self, server: str, hot: HotStore, observer: GameObserver) -> None:
        self.listening = trio.Event()
        self._server = server
        self._hot = hot
        self._observer = observer
        self._out = Coalescer(self._publish)

    async def run(self, heard: Callable[[Note], None]) -> None:
        """Send, and give `heard` what others send, for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._out.run)
            while True:
                await self._listen(heard)
                await trio.sleep(AGAIN_S)

    async def tell(self, note: Note) -> bool:
        """Send a note; whether anybody listens there. False too if Redis does not take it."""
        try:
            return await self._out.ask(note) > 0
        except HotStoreUnavailableError:
            return False

    async def _listen(self, heard: Callable[[Note], None]) -> None:
        def read(message: bytes) -> None:
            try:
                notes = decode(message)
            except ValueError as error:
                self._observer.unreadable_note(str(error))
                return
            for note in notes:
                heard(note)

        try:
            await self._hot.listen(keys.handover(self._server), read, self._started)
        except HotStoreUnavailableError:
            if self.listening.is_set():
                self.listening = trio.Event()

    def _started(self) -> None:
        self.listening.set()

    async def _publish(self, notes: Sequence[Note]) -> Sequence[int]:
        """One message for each server; how many listen to each note."""
        by_server = defaultdict(list)
        for note in notes:
            by_server[note.server].append(note)
        listeners = {
            server: await self._hot.publish(keys.handover(server), encode(self._server, some))
            for server, some in by_server.items()
        }
        return [listeners[note.server] for note in notes]
