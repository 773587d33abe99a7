"""A proxy in front of a store: where it leads, and the store's address by way of it. TLS is off."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from tests.support.servers.proxy import Proxy, Target

REDIS_PORT = 6379
POSTGRES_PORT = 5432


def redis_front(url: str) -> Proxy:
    """A proxy to this Redis, not started yet."""
    return Proxy(_redis_target(url))


def redis_url_by(proxy: Proxy, url: str) -> str:
    """The Redis of `url` by way of the proxy."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis://127.0.0.1:{proxy.port}/0"
    return urlunsplit(parts._replace(netloc=_netloc(parts.netloc, proxy)))


def postgres_front(dsn: str) -> Proxy:
    """A proxy to this Postgres, not started yet."""
    return Proxy(_postgres_target(dsn))


def postgres_dsn_by(proxy: Proxy, dsn: str) -> str:
    """The database of `dsn` by way of the proxy."""
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(netloc=_netloc(parts.netloc, proxy), query="sslmode=disable"))


def _redis_target(url: str) -> Target:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return Path(unquote(parts.path))
    return (parts.hostname or "127.0.0.1", parts.port or REDIS_PORT)


def _postgres_target(dsn: str) -> Target:
    parts = urlsplit(dsn)
    options = parse_qs(parts.query)
    port = parts.port or int(options.get("port", [POSTGRES_PORT])[0])
    host = options.get("host", [parts.hostname or "127.0.0.1"])[0]
    return Path(host, f".s.PGSQL.{port}") if host.startswith("/") else (host, port)


def _netloc(netloc: str, proxy: Proxy) -> str:
    user, at, _ = netloc.rpartition("@")
    return f"{user}{at}127.0.0.1:{proxy.port}"
