"""A real edge for each test that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gamestate.api.auth import Tokens
from gamestate.api.limits import Limits
from tests.unit.gamestate.api.running import Edge, Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def serve(loop: Loop) -> Iterator[Callable[..., Edge]]:
    """Start an edge: `serve(limits=…, tokens=…, header_timeout_s=…)`."""
    started: list[Edge] = []

    def start(limits: Limits | None = None, tokens: Tokens | None = None, **server: Any) -> Edge:
        started.append(Edge(loop, limits or Limits(), tokens, **server))
        return started[-1]

    yield start
    for edge in started:
        edge.stop(2)


@pytest.fixture
def edge(serve: Callable[..., Edge]) -> Edge:
    return serve()
