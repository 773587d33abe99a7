"""What a handler answers: status, headers and body, as Granian takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

Header = tuple[str, str]
Response = tuple[int, list[Header], bytes]

# One list for all answers, never changed: a new one for each would cost.
JSON_HEADERS: Final[list[Header]] = [("content-type", "application/json")]


def json_response(value: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """JSON in UTF-8. `value` holds JSON values and frozen mappings of them."""
    return status, JSON_HEADERS, orjson.dumps(value, default=_plain)


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
