"""`docs/messages.md` lists every error."""

from __future__ import annotations

from gamestate.api.problems import INTERNAL, KINDS
from gamestate.errors import InvalidPayloadError, RefusedError, UnknownMessageTypeError
from tests.support.servers.page import rows, words


def test_the_codes_are_those_that_exist_with_their_statuses() -> None:
    documented = {
        code: int(status)
        for codes, status, _ in rows("messages.md", "Errors")
        for code in words(codes)
    }
    existing = {kind.code or getattr(cls, "code", ""): kind.status for cls, kind in KINDS.items()}
    del existing[RefusedError.code]  # a base class: each rule has a code of its own
    existing |= {InvalidPayloadError.code: 400, UnknownMessageTypeError.code: 400}
    assert documented == existing | {"internal": INTERNAL.status}
