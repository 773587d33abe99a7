"""A response: status, headers and body, as Granian takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

Header = tuple[str, str]
Response = tuple[int, list[Header], bytes]

# One list shared by all responses, never changed: a new one per response would cost.
JSON_HEADERS: Final[list[Header]] = [("content-type", "application/json")]


def json_response(
    value: Mapping[str, Any] | Sequence[Any] | orjson.Fragment, status: int = 200, *more: Header
) -> Response:
    """JSON in UTF-8. `value` holds JSON values and frozen mappings of them; `more`: headers beside
    the content type."""
    headers = [*JSON_HEADERS, *more] if more else JSON_HEADERS
    return status, headers, orjson.dumps(value, default=_plain)


def _plain(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
