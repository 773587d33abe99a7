"""When the modules of a character want to be woken: a timer a module, and what happens when it goes
off.

A timer is only a reminder: the time that counts is what the session says when it goes off. So a
deadline that moves on, as that of a fight does with every blow, leaves the timer where it is, and
one that goes off too early is set again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from actors.envelope import ReplySlot
from gamestate.game.character.orders import Order
from gamestate.game.router import Message

if TYPE_CHECKING:
    from actors.timers import Timer
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.character.services import CharacterServices

RETRY_S: Final = 15.0
"""How long after a wake-up that failed the next one comes, seconds: seldom enough for a supervisor
to bear with a module that crashes each time."""

SOONEST_S: Final = 0.1
"""A deadline that is over already is met this much later, seconds: a module that always names one
keeps nobody else from playing."""

SetTimer = Callable[[float, int, Order], "Timer"]
"""`(delay in seconds, char_id, order)`: send the order to the actor then."""


class Alarms:
    """The timers of one character. `now_s`: seconds since 1970."""

    __slots__ = ("_char_id", "_now_s", "_set_timer", "_timers")

    def __init__(self, char_id: int, set_timer: SetTimer, now_s: Callable[[], float]) -> None:
        self._char_id = char_id
        self._set_timer = set_timer
        self._now_s = now_s
        self._timers: dict[str, tuple[float, Timer]] = {}  # when it goes off, seconds since 1970

    def set(self, module: str, at_s: float | None) -> None:
        """Wake the module at `at_s` or soon after; None: not at all."""
        if module in self._timers:
            due_s, timer = self._timers[module]
            if at_s is not None and timer.active and due_s <= at_s:
                return
            timer.cancel()
            del self._timers[module]
        if at_s is not None:
            delay_s = max(SOONEST_S, at_s - self._now_s())
            timer = self._set_timer(delay_s, self._char_id, WakeUp(module))
            self._timers[module] = (at_s, timer)

    def postpone(self, module: str) -> None:
        """Its turn failed: wake it again after RETRY_S, unless it will be woken anyway."""
        if module not in self._timers or not self._timers[module][1].active:
            self.set(module, self._now_s() + RETRY_S)

    def cancel(self) -> None:
        """Wake nobody any more."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


class WakeUp(Order):
    """It may be time to send a module its command `wake`.

    Attributes:
        type: what operators and metrics know it by.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.type = f"{module}.wake-up"

    def carry_out(
        self, actor: CharacterActor, services: CharacterServices, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """See Order."""
        at_s = actor.wakes_at(self.module)
        if at_s is None:
            return None
        if at_s > services.now_s():
            actor.alarms.set(self.module, at_s)
            return None
        message: Message = services.router.wake(self.module)
        return actor.receive(message, _Woken(actor, self.module))


class _Woken(ReplySlot):
    """How the turn of a wake-up ended."""

    __slots__ = ("_actor", "_module")

    def __init__(self, actor: CharacterActor, module: str) -> None:
        super().__init__()
        self._actor = actor
        self._module = module

    def settled(self) -> None:
        if self.error is not None and not self._actor.gone:
            self._actor.alarms.postpone(self._module)
