"""A small synchronous HTTP client of the server, for the command line and the demo."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

_CONNECTIONS: Final[Mapping[str, type[http.client.HTTPConnection]]] = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}


class ServerUnreachableError(Exception):
    """No server answers at the address."""


class RequestRefusedError(Exception):
    """The server answered with a problem (RFC 9457).

    Attributes:
        status: of HTTP.
        problem: the members of the problem.
        code: its stable, machine-readable name; "" if it has none.
        retry_after_s: when to retry, seconds; None if the server does not say.
    """

    def __init__(
        self, status: int, problem: Mapping[str, Any], retry_after_s: float | None = None
    ) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or f"HTTP {status}")
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        self.retry_after_s = retry_after_s


class Client:
    """One keep-alive connection. `url`: `http://host:port`; `token`: a bearer token or None.

    Raises: ServerUnreachableError: the URL is none.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 10.0) -> None:
        self._url = url
        self._connection = _connection(url, timeout_s)
        self._headers = {"Content-Type": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()

    def get(self, path: str) -> Any:
        """GET a path; the JSON answer. Raises: ServerUnreachableError, RequestRefusedError."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON to a path; the JSON answer. Raises: as `get`."""
        return self._request("POST", path, body)

    def message(
        self, char_id: int, type_: str, message_id: str | None = None, **payload: Any
    ) -> Any:
        """Send one message to a character; its result. Raises: as `get`."""
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
            raise ServerUnreachableError(
                f"no answer from the server at {self._url}: {error}"
            ) from error
        except BaseException:  # Ctrl-C between request and answer: the answer has no reader
            self._connection.close()
            raise
        answer = _decoded(content)
        if response.status >= 400:
            retry_after_s = _seconds(response.headers.get("retry-after"))
            problem = answer if isinstance(answer, dict) else {}
            raise RequestRefusedError(response.status, problem, retry_after_s)
        return answer


def _connection(url: str, timeout_s: float) -> http.client.HTTPConnection:
    """A connection that opens when it is used, and again after it was closed."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ServerUnreachableError(f"no server at {url}: {error}") from error
    if host is None or parts.scheme not in _CONNECTIONS:
        raise ServerUnreachableError(f"no server at {url}: expected http://host:port")
    return _CONNECTIONS[parts.scheme](host, port, timeout=timeout_s)


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content) if content else {}
    except ValueError as error:
        raise ServerUnreachableError("what answers at this address is no gamestate") from error


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None
