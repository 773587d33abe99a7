"""Granian inside the asyncio loop: bind, serve, finish the requests in flight, end.

Granian's embedded server is used for HTTP; two things are done here instead. It binds with
SO_REUSEPORT, so that a second server on a taken port would start and take half of the connections:
the socket is ours, bound without. Its detection of HTTP/2 waits without a limit for the first bytes
of a connection: only HTTP/1.1 is spoken, where silence ends after `header_timeout_s`.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final

from granian._granian import SocketHolder
from granian.constants import HTTPModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from gamestate.api.app import App
from gamestate.errors import ConfigurationError

BACKLOG: Final = 1024
# Granian's own default would replace the handlers of the process; this only sets its level.
LOGGING: Final = {"incremental": True, "handlers": {}, "loggers": {}}


class EdgeServer:
    """One HTTP server. Made, started and stopped on the asyncio loop that runs `app`.

    Args:
        port: 0 takes a free one; `port` of the started server says which.
        max_connections: more wait in the kernel's queue until one ends.
        header_timeout_s: for the headers of a request, and for the silence between two.
        max_header_bytes: of one request; more is answered 431.
    """

    def __init__(
        self,
        app: App,
        host: str,
        port: int,
        *,
        max_connections: int = 4096,
        header_timeout_s: float = 30.0,
        max_header_bytes: int = 32 * 1024,
    ) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._max_connections = max_connections
        self._http1 = HTTP1Settings(
            header_read_timeout=int(header_timeout_s * 1000), max_buffer_size=max_header_bytes
        )
        self._server: _OwnSocketServer | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def host(self) -> str:
        """The address asked for."""
        return self._host

    @property
    def port(self) -> int:
        """The port bound, once started."""
        return self._port

    async def start(self) -> None:
        """Return when connections are accepted.

        Raises:
            ConfigurationError: the address cannot be bound; the text says why.
        """
        bound = self._bind()
        self._port = bound.getsockname()[1]
        self._server = _OwnSocketServer(
            bound,
            target=self._app,
            address=self._host,
            port=self._port,
            http=HTTPModes.http1,
            http1_settings=self._http1,
            websockets=False,
            backpressure=self._max_connections,
            log_level=LogLevels.error,
            log_dictconfig=LOGGING,
        )
        started = asyncio.Event()
        self._server.on_startup(started.set)
        self._serving = asyncio.create_task(self._server.serve())
        self._serving.add_done_callback(lambda _: started.set())
        await started.wait()
        if self._serving.done():
            await self._serving  # it failed before it started: raise why

    async def stop(self, deadline_s: float) -> None:
        """Accept nothing more, answer what is in flight, close the connections.

        What is not answered within `deadline_s` is cut off. Stopping twice is fine.
        """
        if self._server is None or self._serving is None:
            return
        self._server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait({self._serving}, timeout=deadline_s)
        self._serving.cancel()
        await asyncio.wait({self._serving})

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            bound = socket.create_server((self._host, self._port), family=family, backlog=BACKLOG)
        except OSError as error:
            raise ConfigurationError(
                f"cannot listen on {self._host} port {self._port}: {error.strerror}; "
                "set another host or port (GAMESTATE_HOST, GAMESTATE_PORT), or stop what uses it"
            ) from error
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound


class _OwnSocketServer(Server):
    """Granian on a socket that is bound already."""

    def __init__(self, bound: socket.socket, **settings: Any) -> None:
        super().__init__(**settings)
        self._bound = bound

    def _init_shared_socket(self) -> None:
        # From here on the socket is Granian's to close.
        holder = SocketHolder(self._bound.detach(), False, BACKLOG)  # type: ignore[call-arg]
        self._shd = holder  # type: ignore[assignment]
