"""Who may use the API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamestate.api.auth import Tokens
from gamestate.errors import ConfigurationError
from tests.unit.gamestate.api.running import Edge

ALICE = "alice-0123456789abcdef"
PLAIN = "0123456789abcdef-plain"


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    file = tmp_path / "tokens"
    file.write_text(f"# ours\n\nalice:{ALICE}\n  {PLAIN}  \n")
    return Tokens.load(file)


def test_a_token_opens_for_the_one_it_was_given_to(tokens: Tokens) -> None:
    assert tokens.holder(f"Bearer {ALICE}") == "alice"
    assert tokens.holder(f"bearer {PLAIN}") == "line 4"


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", f"Basic {ALICE}", f"Bearer {ALICE}x", ALICE, "Bearer é"],
)
def test_anything_else_opens_nothing(tokens: Tokens, header: Any) -> None:
    assert tokens.holder(header) is None


def test_tokens_are_not_kept_in_the_clear(tokens: Tokens) -> None:
    assert ALICE not in repr(tokens)


@pytest.mark.parametrize("content", ["", "# nothing\n", "alice:short\n", b"\xff" * 20])
def test_a_file_without_usable_tokens_is_a_configuration_error(
    tmp_path: Path, content: Any
) -> None:
    file = tmp_path / "tokens"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigurationError, match="tokens_file"):
        Tokens.load(file)


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tokens_file: cannot read"):
        Tokens.load(tmp_path / "none")


def test_with_tokens_the_api_needs_one_and_health_does_not(
    serve: Callable[..., Edge], tokens: Tokens
) -> None:
    edge = serve(tokens=tokens)
    refused = edge.ask("GET", "/v1/characters/5")
    assert (refused.status, refused.code) == (401, "unauthorized")
    assert refused.headers["www-authenticate"].startswith("Bearer")
    bearer = {"Authorization": f"Bearer {ALICE}"}
    assert edge.ask("GET", "/v1/characters/5", headers=bearer).status == 200
    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs"):
        assert edge.ask("GET", path).status == 200


def test_this_machine_scrapes_metrics_without_a_token(
    serve: Callable[..., Edge], tokens: Tokens
) -> None:
    assert serve(tokens=tokens).ask("GET", "/metrics").status == 200
