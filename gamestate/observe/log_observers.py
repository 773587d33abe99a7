"""What an operator reads: the events of the kernel and the stores as structured log lines."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from actors.observer import ActorObserver
from gamestate.errors import GameStateError
from gamestate.observe.log import Logger
from persistence.errors import PersistenceError
from persistence.observer import StoreObserver

T = TypeVar("T")


class ActorEvents(ActorObserver):
    """Crashes, and actors that do not come back."""

    def __init__(self, log: Logger) -> None:
        self._log = log

    def crashed(self, key: Any, message: Any, error: BaseException) -> None:
        expected = isinstance(error, (GameStateError, PersistenceError))
        self._log.error(
            "actor crashed",
            char_id=key,
            message_type=getattr(message, "type", None),
            error=repr(error),
            exc_info=None if expected else error,
        )

    def gave_up(self, key: Any, restarts: int) -> None:
        self._log.error(
            "actor stopped after too many crashes; log the character in to start it again",
            char_id=key,
            crashes=restarts,
        )

    def stopped(self, key: Any, reason: str) -> None:
        if reason in ("fenced", "in_doubt", "quarantined", "invariant"):
            self._log.warning("actor dropped", char_id=key, reason=reason)


class StoreEvents(StoreObserver):
    """Stores that go and come back, fences, records nobody can read."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._up: dict[str, bool] = {}

    def store_up(self, store: str, up: bool, reason: str = "") -> None:
        if self._up.get(store, True) != up:
            if up:
                self._log.info("store is back", store=store)
            else:
                self._log.error("store does not answer", store=store, reason=reason)
        self._up[store] = up

    def redis_emptied(self) -> None:
        self._log.error("Redis has lost its data; every active character is written to it again")

    def fenced(self, store: str) -> None:
        self._log.warning("a write of an older epoch was refused", store=store)

    def quarantined(self, char_id: int, reason: str) -> None:
        self._log.error("record quarantined", char_id=char_id, reason=reason)

    def invariant_broken(self, invariant: str, detail: str) -> None:
        self._log.error(
            "an invariant is broken; nothing was written", invariant=invariant, detail=detail
        )

    def backup_failed(self, characters: int, reason: str) -> None:
        self._log.warning(
            "backup failed, will be tried again", characters=characters, reason=reason
        )


def both(one: T, other: T) -> T:
    """An observer that tells two of the same kind. Not for hooks on the hot path."""
    return cast("T", _Both(one, other))


class _Both:
    def __init__(self, *observers: Any) -> None:
        self._observers = observers

    def __getattr__(self, hook: str) -> Any:
        calls = [getattr(observer, hook) for observer in self._observers]

        def tell(*args: Any) -> None:
            for call in calls:
                call(*args)

        setattr(self, hook, tell)
        return tell
