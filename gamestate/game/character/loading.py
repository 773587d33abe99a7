"""A turn needs a session that is not loaded: load it from Postgres, then run the turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gamestate.contract.state import Session
from gamestate.errors import GameStateError, UnreadableSessionError
from gamestate.game.character.residency import attach
from gamestate.game.character.services import CharacterServices
from gamestate.game.quarantine.gate import SESSION
from gamestate.game.session_loader import NothingStoredError
from persistence.errors import PersistenceError

if TYPE_CHECKING:
    from actors.envelope import ReplySlot
    from gamestate.game.character.actor import CharacterActor
    from gamestate.game.router import Message


async def load_first(
    actor: CharacterActor,
    services: CharacterServices,
    module: str,
    message: Message,
    reply: ReplySlot,
) -> None:
    """Load the session, let Redis have it, and handle the message then; that there is none to load
    is for the turn to judge. One that can't be read isolates the character: its unsaved changes
    stay in Redis."""
    try:
        attach(actor, services.router, module, await _load_latest(actor, services, module))
    except NothingStoredError:
        actor.nothing_stored |= {module}
    except UnreadableSessionError as error:
        await services.quarantine.keep(actor.char_id, SESSION, error.reason, error.record)
        reply.fail(error)
        actor.isolate(error)
        return
    except (GameStateError, PersistenceError) as error:
        reply.fail(error)
        return
    rest = actor.receive(message, reply)
    if rest is not None:
        await rest


async def _load_latest(actor: CharacterActor, services: CharacterServices, module: str) -> Session:
    """What Postgres has, when it has everything: a session that ended is there until then.

    Raises: NothingStoredError, QuarantinedError, StoreUnavailableError, BadRecordError.
    """
    if actor.lacks_backup(module):
        await services.backups.flush(actor)
    return await services.assembler.load_session(module, actor.char_id)
