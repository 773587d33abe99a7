"""How a character leaves the memory: everything to Postgres first, then both stores hear that
nobody plays it here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.envelope import ReplySlot
from gamestate.character.services import CharacterServices
from gamestate.errors import NotLoggedInError
from gamestate.state import CharacterState
from persistence.errors import FencedOutError, PersistenceError
from persistence.hot import keys
from persistence.hot.use import SessionUse

if TYPE_CHECKING:
    from gamestate.character.actor import CharacterActor


async def let_go(actor: CharacterActor, *, logged_out: bool) -> bool:
    """Save and release the character; whether it was still ours to let go of.

    Raises: ColdStoreUnavailableError, BadRecordError: it was not released.
    """
    await actor.save()
    return not actor.gone and await actor.release(logged_out=logged_out)


async def log_out(actor: CharacterActor, services: CharacterServices, reply: ReplySlot) -> None:
    """Tell the modules, let go, answer with the version, and drop the actor."""
    try:
        _tell_modules(actor, services)
        released = await let_go(actor, logged_out=True)
    except PersistenceError as error:
        reply.fail(error)
        return
    if not released:
        reply.fail(FencedOutError(actor.char_id, actor.state.epoch, "postgres"))
        return
    _keep_with_the_core(actor.state, services.session_use)
    reply.resolve(actor.state.version)
    services.forsake(actor.char_id, NotLoggedInError(actor.char_id), "logged_out")


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
