"""Bearer tokens: who may use the API."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from pathlib import Path
from typing import Final

from attrs import frozen

from gamestate.errors import ConfigurationError

MIN_LENGTH: Final = 16
"""Characters of the shortest token accepted."""


@frozen
class Tokens:
    """The tokens of one server, kept as SHA-256 digests: `(name, digest)` each.

    A plain hash is enough for long random tokens; a slow one would cost every request.
    """

    digests: tuple[tuple[str, bytes], ...]

    @classmethod
    def load(cls, path: Path) -> Tokens:
        """Read a file with one `token` or `name:token` a line; empty lines and `#` comments are
        skipped.

        Raises:
            ConfigurationError: the file is unreadable, has no token, or a token that is too short.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"tokens_file: cannot read {path}: {error}") from error
        numbered = [(number, line.strip()) for number, line in enumerate(lines, 1)]
        used = [(number, line) for number, line in numbered if line and not line.startswith("#")]
        if not used:
            raise ConfigurationError(f"tokens_file: {path} has no token")
        return cls(tuple(_parse(line, path, number) for number, line in used))

    def holder(self, authorization: str | None) -> str | None:
        """The name that goes with an `Authorization` header; None if its token is not valid."""
        scheme, _, token = (authorization or "").partition(" ")
        presented = _digest(token.strip())
        # All are compared, each in constant time, so that the time says nothing about a token.
        holders = [name for name, digest in self.digests if hmac.compare_digest(digest, presented)]
        return holders[0] if holders and scheme.lower() == "bearer" else None


def _parse(line: str, path: Path, number: int) -> tuple[str, bytes]:
    name, _, token = line.rpartition(":")
    if len(token) < MIN_LENGTH:
        raise ConfigurationError(
            f"tokens_file: {path}, line {number}: a token has at least {MIN_LENGTH} characters"
        )
    return name or f"line {number}", _digest(token)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host` (an address, or a name)."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
