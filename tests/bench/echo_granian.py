"""A bare echo on Granian, embedded in a uvloop loop as the server embeds it: the edge's ceiling.

Run as `python -m tests.bench.echo_granian PORT`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final

import uvloop
from granian.constants import Interfaces
from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # it does at run time
from granian.server.embed import Server

from tests.bench.echo_uvicorn import REPLY

HEADERS: Final = [("content-type", "application/json")]


async def app(scope: Scope, protocol: HTTPProtocol) -> None:
    """Read the body, reply a small JSON."""
    await protocol()
    protocol.response_bytes(200, HEADERS, REPLY)


async def serve(port: int) -> None:
    """Serve until SIGTERM."""
    server = Server(app, port=port, interface=Interfaces.RSGI, log_enabled=False, backlog=1024)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
