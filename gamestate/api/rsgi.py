"""The part of RSGI (Granian's interface) that the edge uses, for type checking.

Granian's own stubs say less than its objects do; a test double needs no more than this.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol

from gamestate.api.responses import Header


class Headers(Protocol):
    """Request headers; names in lower case."""

    def get(self, key: str) -> str | None:
        """The first value, None if there is none."""


class Scope(Protocol):
    """One request without its body. Each attribute is copied from Rust when it is read."""

    @property
    def method(self) -> str:
        """`GET`, `POST`, …"""

    @property
    def path(self) -> str:
        """The path, percent-decoded."""

    @property
    def query_string(self) -> str:
        """What follows the `?`, as it was sent."""

    @property
    def client(self) -> str:
        """The peer, `address:port`."""

    @property
    def headers(self) -> Headers:
        """The request headers."""


class Proto(Protocol):
    """The body of the request, and the way to respond."""

    def __call__(self) -> Awaitable[bytes]:
        """The whole body, however large; raises if the client goes away."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in chunks. If the client goes away it just ends, maybe early."""

    def response_bytes(self, status: int, headers: list[Header], body: bytes) -> None:
        """Respond."""
