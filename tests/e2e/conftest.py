"""Fixtures of the tests from outside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.servers.server import ServerProcess


@pytest.fixture
def char_id(server: ServerProcess) -> int:
    """A new character of the shared server, logged in."""
    made = server.create()
    server.login(made)
    return made


@pytest.fixture(scope="module")
def quiet(server: ServerProcess) -> Iterator[None]:
    """The shared server is ready after the module's tests, and logged no error during them."""
    before = len(server.log)
    yield
    assert server.is_ready()
    said = server.log[before:]
    assert "Traceback" not in said, said[-4000:]
    assert "[error" not in said, said[-4000:]
