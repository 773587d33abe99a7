"""Cooldowns and buffs as JSON, read strictly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import orjson

from gamestate.modules.inventory.dto import NO_COOLDOWNS, ActiveBuff


def remaining_s(until_s: float, now_s: float) -> float:
    """The seconds left, in milliseconds, rounded up: 0 means that it is over."""
    return max(0.0, math.ceil((until_s - now_s) * 1000) / 1000)


def encode_cooldowns(cooldowns: Mapping[str, float]) -> bytes:
    """`{group: end}`, Unix time in seconds."""
    return orjson.dumps(cooldowns)


def encode_buffs(buffs: tuple[ActiveBuff, ...]) -> bytes:
    """`[[template id, modifiers, end], …]`."""
    return orjson.dumps([[buff.template_id, buff.modifiers, buff.until_s] for buff in buffs])


def encode_state(cooldowns: Mapping[str, float], buffs: tuple[ActiveBuff, ...]) -> bytes:
    """Both as one document."""
    fragments = {
        "cooldowns": orjson.Fragment(encode_cooldowns(cooldowns)),
        "buffs": orjson.Fragment(encode_buffs(buffs)),
    }
    return orjson.dumps(fragments)


def decode_state(raw: bytes) -> tuple[Mapping[str, float], tuple[ActiveBuff, ...]]:
    """The inverse of `encode_state`. Raises ValueError."""
    stored = orjson.loads(raw)
    if not isinstance(stored, dict) or set(stored) != {"cooldowns", "buffs"}:
        raise ValueError(f"not cooldowns and buffs: {stored!r}")
    return read_cooldowns(stored["cooldowns"]), read_buffs(stored["buffs"])


def read_cooldowns(stored: Any) -> Mapping[str, float]:
    """From the parsed JSON of `encode_cooldowns`. Raises ValueError."""
    if not isinstance(stored, dict) or not all(map(_is_time, stored.values())):
        raise ValueError(f"not cooldowns: {stored!r}")
    return stored or NO_COOLDOWNS


def read_buffs(stored: Any) -> tuple[ActiveBuff, ...]:
    """From the parsed JSON of `encode_buffs`. Raises ValueError."""
    if not isinstance(stored, list):
        raise ValueError(f"not buffs: {stored!r}")
    buffs = tuple(map(_buff, stored))
    if len({buff.template_id for buff in buffs}) < len(buffs):
        raise ValueError(f"a buff is there twice: {stored!r}")
    return buffs


def _buff(stored: Any) -> ActiveBuff:
    match stored:
        case [str() as template_id, dict() as modifiers, until_s] if _is_time(until_s):
            if all(type(points) is int for points in modifiers.values()):
                return ActiveBuff(template_id, modifiers, until_s)
    raise ValueError(f"not a buff: {stored!r}")


def _is_time(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
