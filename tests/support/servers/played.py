"""A server whose two stores a test looks into as a plain client does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import redis
from attrs import frozen

from tests.support.servers.server import ServerProcess
from tests.support.servers.stores import redis_client


@frozen
class Played:
    """A server and plain views of its two stores."""

    server: ServerProcess
    redis: redis.Redis
    dsn: str

    def text(self, key: str) -> dict[str, str]:
        """A hash as text."""
        found: Mapping[bytes, bytes] = self.redis.hgetall(key)  # type: ignore[assignment]
        return {name.decode(): value.decode() for name, value in found.items()}

    def session(self, char_id: int, module: str = "inventory") -> str:
        """The key of one of the character's sessions."""
        return f"{module}:session:{self.text(f'ac:{char_id}')[f'{module}_session_id']}"

    def ttl(self, key: str) -> int:
        """Seconds to live; -1: it does not expire, -2: there is no such key."""
        left: int = self.redis.ttl(key)
        return left

    def dirty(self) -> set[int]:
        """The dirty set."""
        members: set[bytes] = self.redis.smembers("dirty_accounts")  # type: ignore[assignment]
        return {int(one) for one in members}

    def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """Rows of Postgres."""

        async def fetch() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self.dsn)
            try:
                return [dict(row) for row in await connection.fetch(query, *arguments)]
            finally:
                await connection.close()

        return asyncio.run(fetch())

    def view(self, char_id: int) -> Any:
        """The character over HTTP."""
        return self.server.request("GET", f"/v1/characters/{char_id}").body

    def new(self) -> int:
        """A logged-in character."""
        char_id = self.server.create("Mira", gender="f", stats={"strength": 16})
        self.server.login(char_id)
        return char_id

    def grant(self, char_id: int, template_id: str = "longsword", quantity: int = 1) -> list[int]:
        """Item ids of what was granted."""
        payload = {"template_id": template_id, "quantity": quantity}
        answer = self.server.send(char_id, "inventory.grant", payload)
        assert answer.status == 200, answer
        return [item["item_id"] for item in answer.body["reply"]["items"]]


@contextmanager
def played(data_dir: Path, packages: Path | None = None, **settings: str) -> Iterator[Played]:
    """A server with embedded stores that can be looked into; its log says where they are.
    `packages`: a folder with what is installed beside it."""
    environment = {f"GAMESTATE_{name.upper()}": value for name, value in settings.items()}
    environment |= {"GAMESTATE_LOG_FORMAT": "json"}
    environment |= {} if packages is None else {"PYTHONPATH": str(packages)}
    server = ServerProcess(data_dir, environment)
    server.start()
    try:
        said = [line for line in map(json.loads, server.log.splitlines()) if "postgres" in line]
        with redis_client(said[0]["redis"]) as client:
            yield Played(server, client, said[0]["postgres"])
    finally:
        server.end()
