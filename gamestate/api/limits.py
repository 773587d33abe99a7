"""Limits of the edge, and the reading of a body within them."""

from __future__ import annotations

import asyncio

from attrs import frozen
from granian._granian import RSGIProtocolClosed

from gamestate.api.errors import (
    BodyIncompleteError,
    BodyTimeoutError,
    BodyTooLargeError,
)
from gamestate.api.rsgi import Headers, Proto


@frozen
class Limits:
    """Limits of one server. What exceeds them is refused, not queued.

    Attributes:
        max_body_bytes: of one request.
        body_timeout_s: from the headers to the last byte of the body.
        max_in_flight: requests being answered at once; health and documentation do not count.
        max_batch_messages: in one `POST /v1/messages`.
    """

    max_body_bytes: int = 1 << 20
    body_timeout_s: float = 10.0
    max_in_flight: int = 10_000
    max_batch_messages: int = 1_000


async def read_body(headers: Headers, proto: Proto, limits: Limits) -> bytes:
    """The whole body of a request. It is JSON; its content type is ignored.

    Raises:
        BodyTooLargeError: it is, or says it will be, over `max_body_bytes`; no more was read.
        BodyTimeoutError: it was not there in time.
        BodyIncompleteError: the client went away.
    """
    length = headers.get("content-length")
    if length is not None and int(length) > limits.max_body_bytes:
        raise BodyTooLargeError(limits.max_body_bytes)
    late = False

    def cut_off() -> None:
        nonlocal late
        late = task.cancel()

    # By hand what `asyncio.timeout` does: that one costs a third of the throughput.
    task: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment]
    timer = asyncio.get_running_loop().call_later(limits.body_timeout_s, cut_off)
    try:
        return await (proto() if length else _read_chunks(proto, limits.max_body_bytes))
    except asyncio.CancelledError:
        if not late:
            raise
        task.uncancel()
        raise BodyTimeoutError(limits.body_timeout_s) from None
    except RSGIProtocolClosed as error:
        raise BodyIncompleteError from error
    finally:
        timer.cancel()


async def _read_chunks(proto: Proto, max_bytes: int) -> bytes:
    # Granian ends the iteration early, without an error, if the client goes away. Harmless: a JSON
    # object that was cut short does not parse.
    body = bytearray()
    async for chunk in proto:
        body += chunk
        if len(body) > max_bytes:
            raise BodyTooLargeError(max_bytes)
    return bytes(body)
