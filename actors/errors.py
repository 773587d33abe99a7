"""The errors between a sender and an actor, named by what the sender does next.

ActorError
├── DeliveryError           nothing was handled; the same message may be sent again
│   ├── MailboxFullError        back off for `retry_after_s`
│   ├── TooManyStartsError      too many actors are starting; back off for `retry_after_s`
│   ├── ActorStoppedError       the actor (or the whole system) is stopping or has stopped
│   ├── ActorGaveUpError        it crashed too often and was stopped; start it explicitly
│   └── DeadlockError           the call returned to an actor that waits for it
├── AskTimeoutError         outcome unknown: assume nothing
├── ActorCrashedError       the handler raised (its `__cause__`); its state is as before
└── PortalDiedError         the asyncio thread ended; outcome unknown
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence


class ActorError(Exception):
    """Base of the kernel's errors."""


class DeliveryError(ActorError):
    """The message was not handled and will not be."""


class MailboxFullError(DeliveryError):
    """The actor has `capacity` messages waiting already."""

    def __init__(self, key: Hashable, capacity: int, retry_after_s: float = 1.0) -> None:
        super().__init__(f"the mailbox of {key} is full ({capacity} messages)")
        self.key = key
        self.capacity = capacity
        self.retry_after_s = retry_after_s


class TooManyStartsError(DeliveryError):
    """More actors wait for their start than the system admits, or can start in time."""

    def __init__(
        self, waiting: int, retry_after_s: float = 1.0, waited_s: float | None = None
    ) -> None:
        late = f", this one did for {waited_s:g} s" if waited_s is not None else ""
        super().__init__(f"{waiting} actors are waiting to start{late}")
        self.waiting = waiting
        self.retry_after_s = retry_after_s


class ActorStoppedError(DeliveryError):
    """The actor stopped, or the system is draining, before the message was handled."""

    def __init__(self, key: Hashable, reason: str) -> None:
        super().__init__(f"actor {key} does not take messages: {reason}")
        self.key = key
        self.reason = reason


class ActorGaveUpError(DeliveryError):
    """The actor crashed more often than its supervisor allows; it stays down until it is started
    explicitly."""

    def __init__(self, key: Hashable, crashes: int, within_s: float) -> None:
        super().__init__(f"actor {key} was stopped after {crashes} crashes within {within_s:g} s")
        self.key = key
        self.crashes = crashes
        self.within_s = within_s


class DeadlockError(DeliveryError):
    """The call chain returned to an actor that waits for its end."""

    def __init__(self, chain: Sequence[Hashable]) -> None:
        super().__init__("deadlock: " + " asks ".join(map(str, chain)))
        self.chain = tuple(chain)


class AskTimeoutError(ActorError):
    """No answer in time. The message may have been handled, or may still be."""

    def __init__(self, key: Hashable, timeout_s: float) -> None:
        super().__init__(
            f"actor {key} did not answer within {timeout_s:g} s; the outcome is unknown"
        )
        self.key = key
        self.timeout_s = timeout_s


class ActorCrashedError(ActorError):
    """The handler raised `__cause__`, which is not an answer."""

    def __init__(self, key: Hashable) -> None:
        super().__init__(f"actor {key} crashed on this message; its state is as before")
        self.key = key


class PortalDiedError(ActorError):
    """The asyncio thread ended while a call was under way, or before it."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the asyncio thread ended: {reason}; the outcome is unknown")
        self.reason = reason
