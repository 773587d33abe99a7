"""Every hook: what it counts under which name, and what it logs.

To add a metric or a log line, add a reaction to its hook's row. Metrics of values that are kept
elsewhere are in `gauges.py`. No label holds anything that a player can choose, and the instruments
bound the number of label values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from actors.observer import ActorObserver
from gamestate.errors import GameStateError
from gamestate.game.observer import GameObserver
from gamestate.observe.instruments import BATCH, DEPTH, LATENCY_S, Instruments
from gamestate.observe.log import Logger
from gamestate.observe.message_metrics import MessageMetrics
from gamestate.observe.reactions import Count, Hook, Log, Observe, Reaction, observer
from persistence.errors import PersistenceError
from persistence.invariants import INVARIANTS
from persistence.observer import StoreObserver


class Observers:
    """The observers of the three packages, which count and log. Their hooks run on the trio thread.

    Attributes:
        actors, stores, game: one for each package.
    """

    def __init__(self, make: Instruments, log: Logger) -> None:
        self.actors = observer(ActorObserver, ACTORS, make, log)
        self.stores = observer(StoreObserver, STORES, make, log)
        self.game = observer(GameObserver, GAME, make, log)


# ------------------------------------------------------------------ reactions of one hook only


def log_crash(_: Sequence[str], __: Instruments, log: Logger) -> Hook:
    """With a traceback, unless it is an error that the server raises itself."""

    def write(key: Any, message: Any, error: BaseException) -> None:
        expected = isinstance(error, (GameStateError, PersistenceError))
        log.error(
            "actor crashed",
            char_id=key,
            message_type=getattr(message, "type", None),
            error=repr(error),
            exc_info=None if expected else error,
        )

    return write


def show_store_up(_: Sequence[str], make: Instruments, log: Logger) -> Hook:
    """A gauge of every report, and a line at each change."""
    up_now: dict[str, float] = {}
    gauge = make.gauge("store_up", "1 if the store was last seen to answer.", "store")
    gauge.source = up_now.copy

    def report(store: str, up: bool, reason: str = "") -> None:
        before = up_now.get(store, True)
        up_now[store] = float(up)
        if up and not before:
            log.info("store is back", store=store)
        elif before and not up:
            log.error("store does not answer", store=store, reason=reason)

    return report


def count_message(_: Sequence[str], make: Instruments, __: Logger) -> Hook:
    """On the hot path, hence without a reaction's generality."""
    messages = MessageMetrics()
    make.registry.register(messages)
    return messages.record


# ------------------------------------------------------------------ the tables

BACKUPS: Final = partial(
    Count, "backups", "Characters a backup wrote to Postgres, or could not.", "outcome",
    start=("saved", "failed"))  # fmt: skip

ACTORS: Final[Mapping[str, Sequence[Reaction]]] = {
    "activated": [Count("activations", "Cells that finished their start.")],
    "start_admitted": [
        Observe("start_wait_seconds", "How long a cell waited for its turn to start.",
                LATENCY_S, "waited_s")],
    "start_refused": [
        Count("starts_refused",
              "Cells that were not started: the queue was full, or took too long, or nobody waited "
              "for them any more.", "reason", start=("queue_full", "too_late", "abandoned"))],
    "stopped": [
        Count("actor_stops", "Cells that are gone, by reason.", "reason",
              start=("passivated", "stopped", "start_failed", "gave_up")),
        Log("warning", "actor dropped", "reason", char_id="key",
            when=("reason", ("fenced", "in_doubt", "quarantined", "invariant")))],
    "crashed": [Count("actor_crashes", "Handlers that raised."), log_crash],
    "restarted": [Count("actor_restarts", "Crashed cells that were restarted.")],
    "gave_up": [
        Count("actors_given_up", "Cells stopped for crashing too often."),
        Log("error", "actor stopped after too many crashes; log the character in to start it again",
            char_id="key", crashes="restarts")],
    "queued": [
        Observe("mailbox_depth",
                "A mailbox's length as a message joined it; messages handled at once never wait.",
                DEPTH, "depth")],
    "dead_letter": [
        Count("dead_letters", "Messages that will not be handled, by reason.", "reason",
              start=("mailbox_full", "stopped", "expired", "crashed", "start_failed"))],
}  # fmt: skip

STORES: Final[Mapping[str, Sequence[Reaction]]] = {
    "committed": [
        Observe("commit_batch_size", "Turns in one group commit.", BATCH, "turns"),
        Observe("commit_seconds", "One group commit, until its store answered.",
                LATENCY_S, "seconds")],
    "commit_fell_back": [
        Count("commits_fallen_back", "Turns committed to Postgres while Redis was unreachable.",
              by="turns")],
    "backed_up": [
        BACKUPS(value="saved", by="saved"),
        Count("backup_rows", "Rows written by backups, all tables.", by="rows"),
        Observe("backup_seconds", "One backup transaction of many characters.",
                LATENCY_S, "seconds")],
    "backup_failed": [
        BACKUPS(value="failed", by="characters"),
        Log("warning", "backup failed, will be tried again", "characters", "reason")],
    "fenced": [
        Count("fenced", "Writes a store refused because a newer epoch owns the character.",
              "store", start=("redis", "postgres")),
        Log("warning", "a write of an older epoch was refused", "store")],
    "quarantined": [
        Count("quarantined", "Records that could not be read or written and were kept aside."),
        Log("error", "record quarantined", "char_id", "reason")],
    "redis_emptied": [
        Count("redis_emptied", "Times Redis had lost its data."),
        Log("error", "Redis has lost its data; every active character is written to it again")],
    "invariant_broken": [
        Count("invariants_broken",
              "Things that can't be, seen and refused before anything was written.",
              "invariant", start=INVARIANTS),
        Log("error", "an invariant is broken; nothing was written", "invariant", "detail")],
    "store_up": [show_store_up],
}  # fmt: skip

GAME: Final[Mapping[str, Sequence[Reaction]]] = {
    "message": [count_message],
    "logged_in": [
        Count("logins", "Logins answered, by where the state was.",
              "restored_from", start=("memory", "redis", "postgres"))],
    "restored": [
        Observe("restore_seconds", "From the start of an activation to its restored state.",
                LATENCY_S, "seconds")],
    "session_lost": [
        Count("sessions_lost", "Sessions missing in Redis: rebuilt from Postgres, or gone.",
              "module")],
    "session_gone": [
        Count("sessions_gone", "Lost sessions that Postgres did not have either.", "module"),
        Log("error", "a session is in no store; the character goes on without it",
            "char_id", "module", "state")],
    "diverged": [
        Count("divergences",
              "Restores that found the stores differing beyond what a crash explains.")],
    "handed_over": [
        Count("handovers",
              "Characters that changed hands: taken by a login here (handed_over, fenced), or "
              "asked for by another server (released, failed).",
              "outcome", start=("handed_over", "fenced", "released", "failed")),
        Log("info", "a character was handed over for a login here",
            "char_id", "server", when=("outcome", ["handed_over"])),
        Log("info", "a character was handed over to another server",
            "char_id", "server", when=("outcome", ["released"])),
        Log("warning", "a character was not handed over in time: its owner is fenced",
            "char_id", "server", when=("outcome", ["fenced"])),
        Log("warning", "a character could not be handed over: another server will fence this one",
            "char_id", "server", reason="why", when=("outcome", ["failed"]))],
    "unreadable_handover_message": [
        Count("unreadable_notes", "Batches of handover messages that could not be read."),
        Log("warning", "a handover message of another server cannot be read: is it of another "
            "version?", "reason")],
}  # fmt: skip
