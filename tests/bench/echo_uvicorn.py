"""The reference of the edge: the least an ASGI server can do with a request that has a body."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]

REPLY: Final = b'{"version":1,"durability":"none","duplicate":false,"reply":{}}'
HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"content-length", str(len(REPLY)).encode()),
)


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Read the body, reply a small JSON."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": REPLY})
