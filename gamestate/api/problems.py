"""The one table from errors to HTTP answers (RFC 9457, `application/problem+json`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import orjson
from attrs import frozen

from actors import errors as actors
from gamestate import errors as game
from gamestate.api import errors as edge
from gamestate.api.responses import Header, Response
from persistence import errors as stores

MEDIA_TYPE: Final = "application/problem+json"


@frozen
class Kind:
    """The HTTP answer to one family of errors.

    Attributes:
        status: the HTTP status.
        title: the same for every problem of the kind.
        code: stable and machine-readable; None where the error has its own.
        retry_after_s: when to retry, seconds; None if that does not help. An error's own
            `retry_after_s` takes precedence.
        detail: replaces the error's own text where that would reveal the server's inside.
    """

    status: int
    title: str
    code: str | None = None
    retry_after_s: float | None = None
    detail: str | None = None


INTERNAL: Final = Kind(
    500, "Internal error", "internal", detail="the server failed on this request and logged why"
)

KINDS: Final[Mapping[type[BaseException], Kind]] = {
    # fix the request
    game.MalformedError: Kind(400, "Malformed request"),
    edge.BodyIncompleteError: Kind(400, "Incomplete body"),
    edge.UnauthorizedError: Kind(401, "Not authorized"),
    edge.CrossOriginError: Kind(403, "Cross-origin request"),
    game.UnknownCharacterError: Kind(404, "Unknown character"),
    edge.NoSuchPathError: Kind(404, "No such path"),
    edge.MethodNotAllowedError: Kind(405, "Method not allowed"),
    edge.BodyTimeoutError: Kind(408, "Body too slow"),
    edge.BodyTooLargeError: Kind(413, "Body too large"),
    edge.BatchTooLargeError: Kind(413, "Batch too large"),
    # show it
    game.RefusedError: Kind(409, "Refused by a rule"),
    game.QuarantinedError: Kind(423, "Character quarantined"),
    # repair the files
    game.ContentError: Kind(422, "Content can't be used"),
    # back off
    actors.MailboxFullError: Kind(429, "Mailbox full", "mailbox_full", 1),
    stores.BacklogFullError: Kind(429, "Too many commits waiting", "backlog_full", 1),
    actors.TooManyStartsError: Kind(503, "Too many logins", "too_many_logins", 1),
    edge.TooManyRequestsError: Kind(429, "Too many requests", retry_after_s=1),
    edge.NotReadyError: Kind(503, "Not ready", retry_after_s=1),
    game.ShuttingDownError: Kind(503, "Shutting down", retry_after_s=5),
    game.NotYetInPostgresError: Kind(503, "Not yet in Postgres", retry_after_s=2),
    game.OwnedElsewhereError: Kind(503, "Played on another server", retry_after_s=2),
    actors.ActorStoppedError: Kind(503, "Actor stopped", "actor_stopped", 1),
    actors.ActorGaveUpError: Kind(503, "Actor stopped after crashes", "actor_stopped", 60),
    # assume nothing, resend the same message_id
    actors.AskTimeoutError: Kind(504, "Outcome unknown", "outcome_unknown"),
    stores.StoreUnavailableError: Kind(
        503,
        "Store unavailable",
        "store_unavailable",
        2,
        "a store did not answer, the outcome is unknown; resend with the same message_id",
    ),
    actors.PortalDiedError: Kind(
        503, "Shutting down", "shutting_down", 5, "the server is ending; the outcome is unknown"
    ),
    # retry, rerouted
    stores.FencedOutError: Kind(503, "Played by a newer activation", "fenced", 1),
    # report
    stores.InvariantError: Kind(
        500,
        "Invariant broken",
        "invariant_broken",
        detail="the server saw something that can't be, wrote nothing and logged it; the outcome "
        "of what was sent is unknown",
    ),
    actors.ActorCrashedError: Kind(500, "Handler crashed", "handler_crashed"),
    actors.DeadlockError: Kind(500, "Deadlock", "deadlock"),
}


def kind_of(error: BaseException) -> Kind:
    """The row of the nearest class that has one; INTERNAL if none has."""
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), INTERNAL)


def problem(error: BaseException) -> dict[str, Any]:
    """The body of the answer: the error's facts, and the members of RFC 9457 on top.

    `retry_after_s` is what the header Retry-After says; an entry of a batch has no header.
    """
    kind = kind_of(error)
    code = kind.code or getattr(error, "code", INTERNAL.code)
    back_in_s = _retry_after_s(error, kind)
    return {
        **getattr(error, "facts", {}),
        **({} if back_in_s is None else {"retry_after_s": back_in_s}),
        "type": f"urn:gamestate:problem:{code}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail or str(error),
        "code": code,
    }


def encoded(error: BaseException) -> bytes:
    """The body as JSON. Facts that JSON does not know are written as text."""
    return orjson.dumps(problem(error), default=str)


def response(error: BaseException) -> Response:
    """The whole answer to a request that ended in `error`."""
    kind = kind_of(error)
    headers = [("content-type", MEDIA_TYPE), *_headers(error, kind)]
    return kind.status, headers, encoded(error)


def _retry_after_s(error: BaseException, kind: Kind) -> int | None:
    """When to retry, whole seconds, because the header has no fractions; at least 1."""
    if kind.retry_after_s is None:
        return None
    return max(1, math.ceil(getattr(error, "retry_after_s", kind.retry_after_s)))


def _headers(error: BaseException, kind: Kind) -> list[Header]:
    headers: list[Header] = []
    back_in_s = _retry_after_s(error, kind)
    if back_in_s is not None:
        headers.append(("retry-after", str(back_in_s)))
    if isinstance(error, edge.MethodNotAllowedError):
        headers.append(("allow", ", ".join(error.allowed)))
    if isinstance(error, edge.UnauthorizedError):
        headers.append(("www-authenticate", 'Bearer realm="gamestate"'))
    return headers
