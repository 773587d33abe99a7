"""An HTTP server that does as it is told, request by request: to see how a client takes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import define, field

DROP: Final = None
"""Instead of an answer: the connection is closed."""


@define
class Answer:
    """What is answered."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(factory=dict)


@define
class Faltering:
    """A running server. `asked`: (method, path, body) of every request, in order."""

    url: str
    asked: list[tuple[str, str, Any]] = field(factory=list)

    @property
    def message_ids(self) -> list[str]:
        """Of the messages among the requests."""
        return [body["message_id"] for _, path, body in self.asked if path.endswith("/messages")]


@contextmanager
def faltering(*answers: Answer | None, url: str = "http://127.0.0.1:0") -> Iterator[Faltering]:
    """Gives these answers, one after the other, and drops what is asked after them. `url`: where
    another one was."""
    left = iter(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(next(left, DROP))

        def do_POST(self) -> None:
            self.do_GET()

        def _answer(self, answer: Answer | None) -> None:
            length = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(length) or "null")
            running.asked.append((self.command, self.path, body))
            if answer is None:
                return
            raw = type(answer.body) is bytes
            content = answer.body if raw else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {**answer.headers, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", urlsplit(url).port or 0), Handler) as server:
        running = Faltering(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()
