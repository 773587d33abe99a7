"""A store that reports each call it does not answer, so that no caller has to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from actors.proxy import Method, wrap_methods
from persistence.errors import StoreUnavailableError

S = TypeVar("S")

UNREPORTED: Final = frozenset(
    (
        "listen publish put_snapshot append_events outbox delivered "
        "items documents session read page create rehearse entries entry"
    ).split()
)
"""Calls whose failure says little of the store, and on which no acknowledged change depends: a
subscription, which has a connection of its own; what is sent or asked again by its caller; and
reads that may be large and time out alone. A store that is down fails other calls too, and its
probe."""


def reporting(store: S, report: Callable[[StoreUnavailableError], None]) -> S:
    """`store`, which calls `report` before it raises a StoreUnavailableError. Nothing else is
    reported: neither an answer that is another error, nor a caller that was cancelled."""

    def wrap(name: str, method: Method) -> Method:
        async def call(*args: Any) -> Any:
            try:
                return await method(*args)
            except StoreUnavailableError as error:
                report(error)
                raise

        return method if name in UNREPORTED else call

    return wrap_methods(store, wrap)
