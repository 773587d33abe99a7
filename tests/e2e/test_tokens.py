"""A server with tokens: who may ask for what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.problem import problem
from tests.support.servers.server import MakeServer, ServerProcess

TOKEN = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that knows one token."""
    directory = tmp_path_factory.mktemp("guarded")
    tokens = directory / "tokens"
    tokens.write_text(f"# who may play\n\nbot:{TOKEN}\n")
    server = ServerProcess(directory / "server", {"GAMESTATE_TOKENS_FILE": str(tokens)})
    server.start()
    yield server
    assert TOKEN not in server.log
    assert server.stop() == 0, server.log[-4000:]


def test_only_who_has_a_token_may_use_the_api(guarded: ServerProcess) -> None:
    for authorization in (
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer bot:{TOKEN}",
        f"Basic {TOKEN}",
        TOKEN,
    ):
        headers = {"Authorization": authorization} if authorization is not None else {}
        for method, path in (
            ("POST", "/v1/characters"),
            ("POST", "/v1/characters/1/login"),
            ("GET", "/v1/characters/1"),
            ("POST", "/v1/messages"),
            ("POST", "/inventory/action"),
        ):
            answer = guarded.request(method, path, {"name": "Mira"}, headers=headers)
            problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_opens_the_api(guarded: ServerProcess) -> None:
    for scheme in ("Bearer", "bearer"):
        headers = {"Authorization": f"{scheme} {TOKEN}"}
        answer = guarded.request("POST", "/v1/characters", {"name": "Mira"}, headers=headers)
        assert answer.status == 201


def test_health_documentation_and_the_machines_own_metrics_need_no_token(
    guarded: ServerProcess,
) -> None:
    for path in ("/health/live", "/health/ready", "/openapi.json", "/docs", "/metrics"):
        assert guarded.request("GET", path).status == 200


def test_a_server_with_tokens_may_listen_on_every_address(
    redis_url: str, postgres_dsn: str, make_server: MakeServer, tmp_path: Path
) -> None:
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{TOKEN}\n")
    server = make_server(
        redis_url=redis_url, postgres_dsn=postgres_dsn, tokens_file=str(tokens), host="0.0.0.0"
    )
    server.start()
    problem(server.request("GET", "/v1/characters/1"), 401, "unauthorized")
