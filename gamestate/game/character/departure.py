"""How a character leaves the memory: everything to Postgres first, then both stores hear whose it
is now."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from actors.envelope import ReplySlot
from gamestate.contract.state import CharacterState
from gamestate.errors import SupersededError
from gamestate.game.character.orders import Order
from gamestate.game.character.services import CharacterServices
from persistence.errors import FencedOutError, PersistenceError
from persistence.hot import keys
from persistence.hot.use import SessionUse
from persistence.records import LOGGED_OUT

if TYPE_CHECKING:
    from gamestate.game.character.actor import CharacterActor


class Departure(Order, ABC):
    """Bring everything to Postgres, give the character to a new owner and be gone; the reply is the
    version. What was accepted before is finished first.

    Attributes:
        reason: why, in the metrics of the kernel.
        owner: whose the character is then.
        epoch: of the session that ends; None: of whichever there is.
    """

    reason: ClassVar[str]

    def __init__(self, owner: str, epoch: int | None = None) -> None:
        self.owner = owner
        self.epoch = epoch

    @abstractmethod
    def refusal(self, char_id: int) -> Exception:
        """What they are told who came after the departure began."""

    def carry_out(
        self, actor: CharacterActor, services: CharacterServices, reply: ReplySlot
    ) -> Coroutine[Any, Any, None] | None:
        """See Order."""
        current = actor.state.epoch
        if self.epoch is not None and self.epoch != current:
            reply.fail(SupersededError(self.epoch, current))
            return None
        return _depart(actor, services, self, reply)


async def let_go(actor: CharacterActor, owner: str) -> bool:
    """Save the character and give it to a new `owner`; whether it was still ours to let go of.

    Raises: ColdStoreUnavailableError, BadRecordError: it was not released.
    """
    await actor.save()
    return not actor.gone and await actor.release(owner)


async def _depart(
    actor: CharacterActor, services: CharacterServices, departure: Departure, reply: ReplySlot
) -> None:
    """Tell the modules of a logout, let go, answer with the version, and drop the actor."""
    try:
        if departure.owner == LOGGED_OUT:
            _tell_modules(actor, services)
        released = await let_go(actor, departure.owner)
    except PersistenceError as error:
        reply.fail(error)
        return
    if not released:
        reply.fail(FencedOutError(actor.char_id, actor.state.epoch, "postgres"))
        return
    if departure.owner == LOGGED_OUT:
        _keep_with_the_core(actor.state, services.session_use)
    reply.resolve(actor.state.version)
    services.forsake(actor.char_id, departure.refusal(actor.char_id), departure.reason)


def _tell_modules(actor: CharacterActor, services: CharacterServices) -> None:
    """Those that want to know, and have a session. Raises: PersistenceError: a store is down."""
    for module in services.router.leaving & actor.state.sessions.keys():
        told = ReplySlot()
        actor.receive(services.router.leave(module), told)
        if isinstance(told.error, PersistenceError):
            raise told.error


def _keep_with_the_core(state: CharacterState, use: SessionUse) -> None:
    """Let the sessions stay in Redis as long as the core of the logged-out character does: one
    that is missing at the next login was lost then."""
    for module, session in state.sessions.items():
        use.note(keys.session(module, session.session_id))
