"""HandoverMessage: what servers send each other to transfer a character.

Many of one sender go together, by kind:
`{"sender": server_id, "asked": [[char_id, epoch], …], "released": [[char_id, epoch], …]}`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal, get_args

import orjson
from attrs import frozen

from gamestate.structure import from_json

Kind = Literal["asked", "released", "kept"]
"""'asked': transfer it to the sender, please. 'released': it is the receiver's. 'kept': it is
not."""

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


@frozen
class HandoverMessage:
    """About one character under one epoch. `server`: the receiver of one that is sent, the sender
    of one that was received."""

    server: str
    kind: Kind
    char_id: int
    epoch: int


@frozen
class _Batch:
    sender: str
    asked: Sequence[Sequence[int]] = ()
    released: Sequence[Sequence[int]] = ()
    kept: Sequence[Sequence[int]] = ()


def encode(sender: str, messages: Iterable[HandoverMessage]) -> bytes:
    """Messages for one server, as JSON."""
    batch: dict[str, list[tuple[int, int]]] = {}
    for message in messages:
        batch.setdefault(message.kind, []).append((message.char_id, message.epoch))
    return orjson.dumps({"sender": sender, **batch})


def decode(data: bytes) -> list[HandoverMessage]:
    """The messages of one server. Raises: ValueError: there are none."""
    batch = from_json(orjson.loads(data), _Batch)
    return [
        HandoverMessage(batch.sender, kind, char_id, epoch)
        for kind in KINDS
        for char_id, epoch in getattr(batch, kind)
    ]
