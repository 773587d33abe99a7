"""HTTP by hand, for what a well-behaved client library would not send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse

from tests.support.servers.server import Answer, ServerProcess

DEADLINE_S = 10.0


@contextmanager
def connection(server: ServerProcess) -> Iterator[socket.socket]:
    """A connection to the server on which anything may be sent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=DEADLINE_S) as connected:
        yield connected


def head(method: str, path: str, *headers: str) -> bytes:
    """The head of a request that ends the connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def answer_on(connected: socket.socket) -> Answer:
    """The answer to what was sent. A body that is no JSON is the empty string."""
    with HTTPResponse(connected) as response:
        response.begin()
        content = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, json.loads(content) if content else "", headers)


def exchange(server: ServerProcess, *pieces: bytes) -> Answer:
    """Send these bytes on a connection of their own; the answer."""
    with connection(server) as connected:
        for piece in pieces:
            connected.sendall(piece)
        return answer_on(connected)
