"""asyncpg's errors as those of `persistence.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from persistence.cold.storable import NO_CHARACTER
from persistence.errors import BadRecordError, ColdStoreUnavailableError

REFUSED: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""The record is at fault: the same statement always fails."""

UNANSWERED: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the connection has just learnt of a crash of the server
)
"""The server, the network or the configuration is at fault. Wider than REFUSED: catch it after."""


@contextmanager
def postgres_errors() -> Iterator[None]:
    """Convert the errors of asyncpg. The BadRecordError names no character, because Postgres does
    not name the row of a batch it refused."""
    try:
        yield
    except REFUSED as error:
        raise BadRecordError(NO_CHARACTER, f"Postgres refused it: {error}") from error
    except UNANSWERED as error:
        raise ColdStoreUnavailableError(f"{type(error).__name__}: {error}".rstrip(": ")) from error
