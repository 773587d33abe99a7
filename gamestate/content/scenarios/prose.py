"""Texts that a player reads: paragraphs with `{expressions}` in them."""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import field, frozen

from gamestate.content.scenarios.expressions import FLAG, Expression, Scope
from gamestate.structure import from_json

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


@frozen
class Prose:
    """A text as it was written, and its pieces: plain texts and expressions.

    Lines of one paragraph are joined, however the file breaks them; an empty line begins another.
    """

    text: str
    pieces: tuple[str | Expression, ...] = field(repr=False)

    @classmethod
    def from_json(cls, value: Any) -> Prose:
        """Read what a file has. Raises: ValueError: it is no text, or as `parse`."""
        return cls.parse(from_json(value, str))

    @classmethod
    def parse(cls, text: str) -> Prose:
        """Read a text.

        Raises: ValueError: it is empty, has control characters, or braces without an expression.
        """
        paragraphs = (" ".join(each.split()) for each in re.split(r"\n\s*\n", text))
        text = "\n\n".join(filter(None, paragraphs))
        if not text:
            raise ValueError("must not be empty")
        if not all(map(str.isprintable, text.splitlines())):
            raise ValueError(f"{text!r} has unprintable characters")
        return cls(text, tuple(_piece(at, each) for at, each in enumerate(_split(text))))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is in braces, in the order of the text."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Expression))

    def check(self, scope: Scope) -> None:
        """Check what is in braces: numbers and texts. Raises: ValueError."""
        for expression in self.expressions:
            if expression.kind(scope) == FLAG:
                raise ValueError(f"{expression.text!r} is {FLAG}, which is no text to show")


@frozen
class UpTo:
    """A constraint on the length of a text, as it is written."""

    longest: int

    def __call__(self, value: object, /) -> None:
        length = len(value.text) if isinstance(value, Prose) else 0
        if length > self.longest:
            raise ValueError(f"must have at most {self.longest} characters, not {length}")


def _split(text: str) -> list[str]:
    """Plain text and what is in braces, alternating."""
    parts = _PLACEHOLDER.split(text)
    if any(brace in part for part in parts[::2] for brace in "{}"):
        raise ValueError("has a brace without its other: braces are for {expressions}")
    return parts


def _piece(at: int, part: str) -> str | Expression:
    return Expression.parse(part) if at % 2 else part
