"""`value`: attrs' `frozen` to the type checker, its faster `define` to the interpreter.

A frozen class costs more in every constructor call (1.3 µs instead of 0.36 µs for ten
fields), and a turn makes half a dozen. mypy refuses an assignment to a value's field; the
interpreter does not. For records off the hot path use `attrs.frozen`. Source:
docs/decisions/0004-values.md"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrs import frozen as value
else:
    from functools import partial

    from attrs import define

    value = partial(define, weakref_slot=False, unsafe_hash=True)

__all__ = ["value"]
