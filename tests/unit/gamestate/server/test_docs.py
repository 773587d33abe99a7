"""`docs/operating.md` lists every setting."""

from __future__ import annotations

import attrs

from gamestate.server.config import Settings
from tests.support.servers.page import rows, words


def written(value: object) -> str:
    """A default as the page writes it."""
    if value is None:
        return "null"
    return ",".join(value) if isinstance(value, tuple) else str(value)


def test_the_settings_are_those_that_exist_with_their_defaults() -> None:
    documented: dict[str, str] = {}
    for names, defaults, _ in rows("operating.md", "Settings"):
        documented |= zip(words(names), words(defaults), strict=True)
    settings = attrs.asdict(Settings(), recurse=False)
    assert documented == {name: written(value) for name, value in settings.items()}
