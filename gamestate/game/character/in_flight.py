"""A turn whose commit is under way, and the answers that wait for it: the output gate.

An answer, also a read's or a refusal's, leaves only when everything it was computed from is safe.
Turns land in the order they were made, so it waits for the last one made before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.envelope import ReplySlot
from gamestate.game.receipt import Receipt
from persistence.errors import PersistenceError
from persistence.records import Backup, Commit, Durability

if TYPE_CHECKING:
    from gamestate.contract.turn import ReplyBody
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.router import Message

Answer = Callable[[Durability], None]
"""Gives a sender its answer."""


class CommitInFlight:
    """A commit nobody sent a message for, such as the seeding of Redis: the Committer of one
    commit of one actor. `reply` is settled with it."""

    __slots__ = ("_waiting", "actor", "reply")

    def __init__(self, actor: CharacterActor, reply: ReplySlot) -> None:
        self.actor = actor
        self.reply = reply
        self._waiting: list[tuple[ReplySlot, Answer]] | None = None

    def before(self, reply: ReplySlot, answer: Answer) -> None:
        """Answer when this is safe."""
        if self._waiting is None:
            self._waiting = []
        self._waiting.append((reply, answer))
        self.actor.held += 1

    # ------------------------------------------------------------------ Committer

    def landed(self, commit: Commit, durability: Durability) -> None:
        """Safe: answer the sender, and those that waited for it."""
        self.actor.landed(self, durability)
        self._answer(durability)
        if self._waiting is not None:
            self.actor.held -= len(self._waiting)
            for _, answer in self._waiting:
                answer(durability)

    def failed(self, commit: Commit, error: PersistenceError) -> None:
        """Fenced, refused by Postgres, or outcome unknown: the actor is gone, and nobody is told
        anything else."""
        told = self.actor.failed(error)
        self.reply.fail(told)
        for reply, _ in self._waiting or ():
            reply.fail(told)

    def full_commit(self, commit: Commit) -> Commit | None:
        """Redis lost the character while this was under way: everything up to now instead. What is
        behind it then finds its version written already."""
        return self.actor.full_commit()

    def backup(self) -> Backup:
        """Everything Postgres does not have yet."""
        return self.actor.backup()

    def _answer(self, durability: Durability) -> None:
        self.reply.resolve(None)


class TurnInFlight(CommitInFlight):
    """A message's turn."""

    __slots__ = ("body", "hurry", "message", "started", "version")

    def __init__(
        self,
        actor: CharacterActor,
        reply: ReplySlot,
        message: Message,
        started: float,
        version: int,
        body: ReplyBody,
        hurry: bool,
    ) -> None:
        self.actor = actor
        self.reply = reply
        self.message = message
        self.started = started
        self.version = version
        self.body = body
        self.hurry = hurry
        self._waiting = None

    def _answer(self, durability: Durability) -> None:
        message = self.message
        self.reply.resolve(Receipt(message.message_id, self.version, durability, False, self.body))
        self.actor.answered(message, "ok", self.started)
        if self.hurry:
            self.actor.save_next()
