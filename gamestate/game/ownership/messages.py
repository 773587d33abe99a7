"""What servers write to one another about who shall have a character.

One message on a server's channel carries many notes of one sender, by kind:
`{"sender": server_id, "asked": [[char_id, epoch], …], "released": [[char_id, epoch], …]}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import orjson
from attrs import frozen

from gamestate.errors import InvalidPayloadError
from gamestate.structure import structure

NoteKind = Literal["asked", "released", "kept"]

KINDS: Final[tuple[NoteKind, ...]] = ("asked", "released", "kept")


@frozen
class Note:
    """About one character under one epoch.

    Attributes:
        server: whom it is for, or whom it is from.
        kind: 'asked': hand it over, please. 'released': it is yours. 'kept': it is not.
    """

    server: str
    kind: NoteKind
    char_id: int
    epoch: int


@frozen
class _Message:
    sender: str
    asked: Sequence[Sequence[int]] = ()
    released: Sequence[Sequence[int]] = ()
    kept: Sequence[Sequence[int]] = ()


def encode(sender: str, notes: Iterable[Note]) -> bytes:
    """Notes for one server as a message."""
    written: dict[str, list[tuple[int, int]]] = {}
    for note in notes:
        written.setdefault(note.kind, []).append((note.char_id, note.epoch))
    return orjson.dumps({"sender": sender, **written})


def decode(message: bytes) -> list[Note]:
    """The notes in a message. Raises: ValueError: it is none."""
    try:
        written = structure(orjson.loads(message), _Message, path="")
    except InvalidPayloadError as error:
        raise ValueError(error.detail) from error
    return [
        Note(written.sender, kind, char_id, epoch)
        for kind in KINDS
        for char_id, epoch in getattr(written, kind)
    ]
