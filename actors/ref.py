"""How a trio task talks to an actor: tell and ask."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, cast

import trio

from actors.envelope import NO_REPLY, Chain, ReplySlot

if TYPE_CHECKING:
    import outcome

    from actors.system import ActorSystem


class Ask(ReplySlot):
    """A slot that wakes the task that waits for it. It is its own outcome: trio needs an object
    with `unwrap`, and making an `outcome.Value` costs a fifth of a wake-up."""

    __slots__ = ("task",)

    def __init__(self) -> None:
        self.done = False
        self.value = None
        self.error = None
        self.task: trio.lowlevel.Task | None = None

    def settled(self) -> None:
        if self.task is not None:
            trio.lowlevel.reschedule(self.task, cast("outcome.Outcome[Any]", self))

    def unwrap(self) -> Any:
        """The answer, as `outcome.Outcome` gives it."""
        if self.error is not None:
            raise self.error
        return self.value

    async def answer(self) -> Any:
        """Wait for the answer, in one task. Raises: the error that is the answer."""
        if self.done:
            return self.unwrap()
        self.task = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(self.abandon)

    def abandon(self, _: Callable[[], Any]) -> trio.lowlevel.Abort:
        """The sender was cancelled: a message that is still in a mailbox is not handled."""
        self.task = None
        self.done = True
        return trio.lowlevel.Abort.SUCCEEDED


class Ref:
    """The address of one actor. It stays valid whether or not the actor is active."""

    __slots__ = ("_chain", "_system", "key")

    def __init__(self, key: Hashable, system: ActorSystem, chain: Chain = ()) -> None:
        self.key = key
        self._system = system
        self._chain = chain

    def tell(self, message: Any) -> None:
        """Send without waiting for an answer.

        Raises:
            DeliveryError: the message was not taken.
        """
        self._system.registry.deliver(self.key, message, NO_REPLY, self._chain)

    async def ask(self, message: Any, timeout_s: float | None = None) -> Any:
        """Send and wait for the answer, at most `timeout_s` seconds (default: the system's).

        Raises:
            DeliveryError: the message was not handled.
            AskTimeoutError: the outcome is unknown.
            ActorCrashedError: the handler raised; nothing was changed.
            the error that is the actor's answer.
        Cancellation: the outcome is unknown afterwards.
        """
        system = self._system
        if system.dispatcher.must_yield():
            await trio.lowlevel.checkpoint()
        slot = Ask()
        system.registry.deliver(self.key, message, slot, self._chain)
        if slot.done:
            return slot.unwrap()
        system.deadlines.watch(slot, self.key, timeout_s or system.ask_timeout_s)
        slot.task = trio.lowlevel.current_task()
        return await trio.lowlevel.wait_task_rescheduled(slot.abandon)
