"""Every Redis key: its name, its type, its time to live. No other file names them.

| key                       | type   | time to live                                           |
|---------------------------|--------|--------------------------------------------------------|
| `ac:{char_id}`            | hash   | none; the session TTL once the character is logged out |
| `{module}:session:{uuid}` | hash   | none while dirty, else the session TTL                 |
| `dedupe:{char_id}`        | list   | as the core                                            |
| `dirty_accounts`          | set    | none                                                   |
| `events`                  | stream | none; the oldest events are trimmed                    |
| `alive:{store}`           | string | 60 s from the last ping; missing: Redis lost its data  |
| `temp:{module}:{uuid}`    | string | 60 s                                                   |

The channel `handover:{server_id}` carries the handover messages to one server; nothing is stored.

The braces are placeholders: the key of character 42 is `ac:42`. The scripts build the names of a
core and its list from the prefixes here, which each call passes.
"""

from __future__ import annotations

from typing import Final

CORE_PREFIX: Final = b"ac:"
DEDUPE_PREFIX: Final = b"dedupe:"
DIRTY: Final = b"dirty_accounts"
EVENTS: Final = b"events"
SESSION_PATTERN: Final = b"*:session:*"

DEFAULT_SESSION_TTL_S: Final = 1800
DEFAULT_RECEIPTS_KEPT: Final = 64
DEFAULT_EVENTS_KEPT: Final = 100_000
TEMP_TTL_S: Final = 60
MARK_TTL_S: Final = 60

EPOCH: Final = b"epoch"
VERSION: Final = b"version"
OWNER: Final = b"owner"
METADATA: Final = b"metadata"
"""The field of every session that names its character; a hash without it is no session."""


def core(char_id: int) -> bytes:
    """The hash of a character's core."""
    return b"%b%d" % (CORE_PREFIX, char_id)


def dedupe(char_id: int) -> bytes:
    """The list of a character's receipts, oldest first."""
    return b"%b%d" % (DEDUPE_PREFIX, char_id)


def session_prefix(module: str) -> bytes:
    """What the keys of all sessions of `module` begin with."""
    return f"{module}:session:".encode()


def session(module: str, session_id: str) -> bytes:
    """The hash of one session."""
    return session_prefix(module) + session_id.encode()


def session_field(module: str) -> str:
    """The field of the core that names the module's session; empty if there is none."""
    return f"{module}_session_id"


def handover(server_id: str) -> bytes:
    """The channel on which a server receives handover messages."""
    return f"handover:{server_id}".encode()


def temp(module: str, snapshot_id: str) -> bytes:
    """The string of one snapshot of a module's session."""
    return f"temp:{module}:{snapshot_id}".encode()


def mark(store_id: str) -> bytes:
    """The string whose absence shows that Redis lost its data."""
    return f"alive:{store_id}".encode()
