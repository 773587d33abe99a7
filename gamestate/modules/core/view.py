"""The character as a client sees it (`GET /v1/characters/{id}`, the reply of a login)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gamestate.contract.state import SESSIONS, CharacterState

NO_SESSIONS: Final[Mapping[str, None]] = dict.fromkeys(SESSIONS)


def character_view(state: CharacterState, shown: Mapping[str, str]) -> dict[str, Any]:
    """The view of the contract, as JSON values. `shown`: module name to session id."""
    core = state.core
    return {
        "char_id": state.char_id,
        "version": state.version,
        "epoch": state.epoch,
        "state": core.state,
        "location": {"current": core.location.current, "prev": core.location.prev},
        "bio": {
            "name": core.bio.name,
            "gender": core.bio.gender,
            "created_at": core.bio.created_at,
        },
        "stats": dict(core.stats),
        "vitals": dict(core.vitals),
        "sessions": {**NO_SESSIONS, **shown},
    }
