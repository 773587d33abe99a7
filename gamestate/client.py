"""A small synchronous HTTP client of the server, for the command line and the demo."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class ServerUnreachableError(Exception):
    """No server answers at the address."""


class RequestRefusedError(Exception):
    """The server answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.status = status
        self.problem = problem


class Client:
    """One keep-alive connection. `url`: `http://host:port`; `token`: a bearer token or None.

    Raises: ServerUnreachableError: the URL is none.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 10.0) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "127.0.0.1", parts.port or 80
        except ValueError as error:
            raise ServerUnreachableError(f"no server at {url}: {error}") from error
        self._connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> Any:
        """GET a path; the JSON answer. Raises: ServerUnreachableError, RequestRefusedError."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON to a path; the JSON answer. Raises: as `get`."""
        return self._request("POST", path, body)

    def message(
        self, char_id: int, type_: str, message_id: str | None = None, **payload: Any
    ) -> Any:
        """Send one message to a character; the receipt. Raises: as `get`."""
        body: dict[str, Any] = {"type": type_, "payload": payload}
        if message_id is not None:
            body["message_id"] = message_id
        return self.post(f"/v1/characters/{char_id}/messages", body)

    def _request(self, method: str, path: str, body: Any) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        try:
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServerUnreachableError(f"no answer from the server: {error}") from error
        answer = json.loads(content) if content else {}
        if response.status >= 400:
            raise RequestRefusedError(response.status, answer)
        return answer
