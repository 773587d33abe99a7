"""What every refusal looks like from outside (RFC 9457), checked wherever one is expected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.servers.server import Answer

MEMBERS = ("type", "title", "detail", "code")
OF_THE_INSIDE = ("Traceback", 'File "', ".py", "Error(")


def problem(answer: Answer, status: int, code: str) -> Mapping[str, Any]:
    """The problem of this answer: it has all its members and tells nothing about the inside."""
    assert (answer.status, _member(answer.body, "code")) == (status, code), answer
    assert answer.headers["content-type"] == "application/problem+json"
    check_members(answer.body, status)
    return dict(answer.body)


def check_members(body: Any, status: int) -> None:
    """The members of RFC 9457 and ours, and nothing that helps only the server's programmer."""
    assert body["status"] == status
    assert all(isinstance(body[name], str) and body[name] for name in MEMBERS), body
    said = json.dumps(body)
    assert [word for word in OF_THE_INSIDE if word in said] == []


def _member(body: Any, name: str) -> Any:
    return body.get(name) if isinstance(body, dict) else body
