"""No-op hooks into the kernel: metrics, logs and tests plug in here.

Called on the trio thread, with positional arguments; must not block and must not raise. There is no
hook per message: the actor knows what to count there, the kernel does not."""

from __future__ import annotations

from typing import Any


class ActorObserver:
    """Override what you want to see."""

    def activated(self, key: Any, /) -> None:
        """A cell finished its start and takes messages."""

    def start_admitted(self, waited_s: float, /) -> None:
        """A cell's start begins, after `waited_s` seconds in the queue."""

    def start_refused(self, reason: str, /) -> None:
        """A cell is not started: 'queue_full', 'too_late' (it waited too long) or 'abandoned'
        (no caller waits for it any more)."""

    def stopped(self, key: Any, reason: str, /) -> None:
        """A cell was dropped: 'passivated', 'stopped', 'start_failed', 'gave_up', or a reason of
        the actor (see `Registry.discard`)."""

    def crashed(self, key: Any, message: Any, error: BaseException, /) -> None:
        """A handler raised; the sender got an ActorCrashedError."""

    def restarted(self, key: Any, restarts: int, /) -> None:
        """A crashed cell takes messages again; `restarts` within the supervisor's window."""

    def gave_up(self, key: Any, restarts: int, /) -> None:
        """A cell crashed too often and was stopped."""

    def queued(self, key: Any, depth: int, /) -> None:
        """A message had to wait; `depth` is the mailbox's length with it."""

    def dead_letter(self, key: Any, message: Any, reason: str, /) -> None:
        """A message will not be handled: 'mailbox_full', 'stopped', 'expired', 'crashed' or
        'start_failed'."""
