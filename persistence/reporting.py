"""A store that reports each call it does not answer, so that no caller has to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from actors.proxy import Method, wrap_methods
from persistence.errors import StoreUnavailableError

S = TypeVar("S")

UNREPORTED: Final = frozenset({"listen"})
"""A subscription has a connection of its own, which may break while the store answers."""


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
