"""The Valkey and Postgres of one run: real, empty, thrown away afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from persistence.embedded.servers import EmbeddedServers, Endpoints
from tests.bench.case import Store

_STOP_WITHIN_S: Final = 10.0


@contextmanager
def throw_away_servers(needs: Collection[Store]) -> Iterator[Endpoints]:
    """Start what is needed, on sockets in a temporary directory."""
    if not needs:
        yield Endpoints(None, None)
        return
    with TemporaryDirectory(prefix="bench-") as directory:
        servers = EmbeddedServers(
            Path(directory) / "data", valkey=Store.REDIS in needs, postgres=Store.POSTGRES in needs
        )
        endpoints = servers.start()
        try:
            yield endpoints
        finally:
            servers.stop(_STOP_WITHIN_S)
