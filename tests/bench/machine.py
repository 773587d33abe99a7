"""What the figures were measured on: without it they mean nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

import asyncpg
import psutil
import redis.asyncio
from attrs import field, frozen

from persistence.embedded.servers import Endpoints

LIBRARIES: Final = (
    *("trio", "uvloop", "asyncpg", "redis", "hiredis", "granian", "uvicorn", "httptools", "h11"),
    *("orjson", "attrs", "cattrs"),
)
DURABILITY: Final = ("fsync", "synchronous_commit", "shared_buffers")


@frozen
class Machine:
    """One machine at one moment. `load_1m`: the load average before the run; `libraries` and
    `stores`: versions, and the settings that decide about speed."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    load_1m: float
    libraries: Mapping[str, str]
    stores: Mapping[str, str] = field(factory=dict)


async def inspect(endpoints: Endpoints) -> Machine:
    """Look at this machine and at the servers that run."""
    seen = {}
    if endpoints.postgres_dsn:
        seen["postgres"] = await _postgres(endpoints.postgres_dsn)
    if endpoints.redis_url:
        seen["valkey"] = await _redis(endpoints.redis_url)
    return Machine(
        cpu=_cpu_model(),
        cores=psutil.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        load_1m=round(os.getloadavg()[0], 2),
        libraries={name: _version(name) for name in LIBRARIES},
        stores=seen,
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "not installed"


async def _postgres(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    try:
        version = await connection.fetchval("SHOW server_version")
        settings = [f"{name}={await connection.fetchval(f'SHOW {name}')}" for name in DURABILITY]
    finally:
        await connection.close()
    return " ".join((str(version), *settings))


async def _redis(url: str) -> str:
    async with redis.asyncio.from_url(url) as client:
        server = await client.info("server")
        version = server.get("valkey_version") or server["redis_version"]
        persistence = await client.config_get("append*")
    settings = [f"{name}={persistence[name]}" for name in ("appendonly", "appendfsync")]
    return " ".join((str(version), *settings))
