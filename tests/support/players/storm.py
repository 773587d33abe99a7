"""Thousands of clients that log in at the same moment, and come back after Retry-After."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence

from attrs import define, field

from tests.support.servers.server import ServerProcess

_DEADLINE_S = 120.0


@define
class Storm:
    """What the clients saw.

    Attributes:
        statuses: of all answers.
        back_in_s: every Retry-After they were given, seconds.
        lost: connections that broke before an answer.
    """

    statuses: Counter[int] = field(factory=Counter)
    back_in_s: list[int] = field(factory=list)
    lost: int = 0


def log_in_at_once(server: ServerProcess, char_ids: Sequence[int]) -> Storm:
    """Log all of them in. Raises: TimeoutError: they are not in within two minutes."""

    async def all_of_them() -> Storm:
        storm = Storm()
        async with asyncio.timeout(_DEADLINE_S), asyncio.TaskGroup() as clients:
            for char_id in char_ids:
                clients.create_task(_log_in(storm, server.port, char_id))
        return storm

    return asyncio.run(all_of_them())


async def _log_in(storm: Storm, port: int, char_id: int) -> None:
    while True:
        try:
            answer = await _ask(port, f"/v1/characters/{char_id}/login")
        except OSError:
            storm.lost += 1
            await asyncio.sleep(1)
            continue
        status = int(answer[9:12])
        storm.statuses[status] += 1
        if status == 200:
            return
        storm.back_in_s.append(_retry_after_s(answer))
        await asyncio.sleep(storm.back_in_s[-1])


async def _ask(port: int, path: str) -> bytes:
    """The whole answer to a POST without a body. Raises: OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        writer.write("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())
        answer = await reader.read()
    finally:
        writer.close()
    if not answer:
        raise ConnectionResetError("no answer")
    return answer


def _retry_after_s(answer: bytes) -> int:
    head = answer.partition(b"\r\n\r\n")[0].lower()
    (said,) = (line for line in head.split(b"\r\n") if line.startswith(b"retry-after:"))
    return int(said.partition(b":")[2])
