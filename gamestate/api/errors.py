"""What the edge itself refuses, before it asks the game.

EdgeError
├── NoSuchPathError             404
├── MethodNotAllowedError       405; `allowed` goes into `Allow`
├── UnauthorizedError           401
├── CrossOriginError            403; a browser on another site
├── BodyTooLargeError           413
├── BatchTooLargeError          413
├── BodyTimeoutError            408; the client stopped sending
├── BodyIncompleteError         400; the client went away
├── TooManyRequestsError        429; back off
└── NotReadyError               503; `missing` says what is not there yet
"""

from __future__ import annotations

from collections.abc import Sequence

from gamestate.errors import GameStateError


class EdgeError(GameStateError):
    """Base of the edge's own refusals."""


class NoSuchPathError(EdgeError):
    """The table of routes has no such path."""

    code = "no_such_path"

    def __init__(self) -> None:
        super().__init__("there is nothing at this path; see /openapi.json")


class MethodNotAllowedError(EdgeError):
    """The path exists, but not for this method."""

    code = "method_not_allowed"

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"this path takes {', '.join(allowed)}", allowed=list(allowed))
        self.allowed = allowed


class UnauthorizedError(EdgeError):
    """No token, or one that is not in the tokens file."""

    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("send a valid token: Authorization: Bearer <token>")


class CrossOriginError(EdgeError):
    """A browser asks on behalf of a page from another site."""

    code = "cross_origin"

    def __init__(self, origin: str) -> None:
        super().__init__("pages of other sites may not use this server", origin=origin)


class BodyTooLargeError(EdgeError):
    """The body is larger than the server takes, or says that it will be."""

    code = "body_too_large"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"a body has at most {max_bytes} bytes", max_bytes=max_bytes)


class BatchTooLargeError(EdgeError):
    """The batch has more messages than the server takes in one request."""

    code = "batch_too_large"

    def __init__(self, max_messages: int) -> None:
        super().__init__(f"a batch has at most {max_messages} messages", max_messages=max_messages)


class BodyTimeoutError(EdgeError):
    """The body did not arrive in time."""

    code = "body_timeout"

    def __init__(self, within_s: float) -> None:
        super().__init__(f"the body did not arrive within {within_s:g} s")


class BodyIncompleteError(EdgeError):
    """The connection ended before the body did."""

    code = "body_incomplete"

    def __init__(self) -> None:
        super().__init__("the connection ended before the body did")


class TooManyRequestsError(EdgeError):
    """The server answers as many requests as it takes at once."""

    code = "too_many_requests"

    def __init__(self, max_in_flight: int) -> None:
        super().__init__(f"{max_in_flight} requests are being answered already; retry later")


class NotReadyError(EdgeError):
    """A part that the server needs is missing."""

    code = "not_ready"

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(f"not ready: {', '.join(missing)}", missing=list(missing))
