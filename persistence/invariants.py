"""Invariants, checked on each answer of a store and before each write.

A broken invariant is a fault of the code, or of something between it and a store: it is counted and
logged as an error, and nothing that builds on it is written or answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, TypeVar

from persistence.errors import InvariantError
from persistence.observer import StoreObserver

A = TypeVar("A")
R = TypeVar("R")

CHARACTER: Final = "character"
COUNT: Final = "count"
VERSION: Final = "version"
SAVED_VERSION: Final = "saved_version"
INVARIANTS: Final = (CHARACTER, COUNT, VERSION, SAVED_VERSION)
"""An answer is about the character asked for; there is one answer to each question; a turn is one
version; no backup is older than the one before."""


class Invariants:
    """Checks invariants; a broken one is reported to the observer and raised."""

    def __init__(self, observer: StoreObserver) -> None:
        self._observer = observer

    def pairs(
        self, what: str, asked: Collection[A], answers: Collection[R]
    ) -> Iterable[tuple[A, R]]:
        """Each question with its answer. Raises: InvariantError: there is not one answer each."""
        if len(asked) != len(answers):
            raise self.broken(COUNT, f"{len(answers)} answers to {len(asked)} questions: {what}")
        return zip(asked, answers, strict=True)

    def answered(self, what: str, asked: Collection[Any], answers: Collection[Any]) -> None:
        """There is one answer to each question, about the same character if it names one. Raises:
        InvariantError."""
        for question, answer in self.pairs(what, asked, answers):
            found = getattr(answer, "char_id", None)
            if found is not None:
                self.same_character(getattr(question, "char_id", question), found, what)

    def same_character(self, asked: int, found: int, what: str) -> None:
        """The answer is about the character asked for. Raises: InvariantError."""
        if asked != found:
            raise self.broken(
                CHARACTER, f"asked for character {asked}, answered with {found}: {what}"
            )

    def not_older(self, saved: int, offered: int) -> None:
        """A backup is not older than the last saved one. Raises: InvariantError."""
        if offered < saved:
            raise self.broken(SAVED_VERSION, f"version {offered} after version {saved} was saved")

    def next_version(self, before: int, after: int) -> None:
        """A turn is one version. Raises: InvariantError."""
        if after != before + 1:
            raise self.broken(VERSION, f"version {after} after version {before}")

    def broken(self, invariant: str, detail: str) -> InvariantError:
        """Report a broken invariant; returns the error to raise."""
        self._observer.invariant_broken(invariant, detail)
        return InvariantError(invariant, detail)
