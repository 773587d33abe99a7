"""What asyncpg raises, in the words of `persistence.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from persistence.cold.storable import NOBODY
from persistence.errors import BadRecordError, ColdStoreUnavailableError

REFUSED: Final = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.CardinalityViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""The record is at fault: the same statement would fail for ever."""

UNANSWERED: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a call on a connection that has just been told of a crash
)
"""The server, the way to it or its set-up is at fault. Wider than REFUSED: catch it after."""


@contextmanager
def postgres_errors() -> Iterator[None]:
    """Let no error of asyncpg out. A BadRecordError from here names no character: Postgres does not
    say which row of a batch it refused."""
    try:
        yield
    except REFUSED as error:
        raise BadRecordError(NOBODY, f"Postgres refused it: {error}") from error
    except UNANSWERED as error:
        raise ColdStoreUnavailableError(f"{type(error).__name__}: {error}".rstrip(": ")) from error
