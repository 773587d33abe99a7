"""The public Python API: what a program uses that embeds the server. See docs/embedding.md.

A name is imported when it is first used, so that `import gamestate.client` loads no server code.
Everything else in this package may change without notice; `gamestate.contract` is the API for
session modules, `gamestate.client` the one for clients.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from actors.errors import (
        ActorCrashedError,
        ActorError,
        ActorStoppedError,
        AskTimeoutError,
        DeliveryError,
        MailboxFullError,
        TooManyStartsError,
    )
    from gamestate.errors import (
        ConfigurationError,
        ContentError,
        GameStateError,
        InvalidPayloadError,
        MalformedError,
        MessageIdReusedError,
        NotLoggedInError,
        NotYetInPostgresError,
        OwnedElsewhereError,
        QuarantinedError,
        RefusedError,
        ShuttingDownError,
        SupersededError,
        UnknownCharacterError,
        UnknownMessageTypeError,
    )
    from gamestate.game.message_result import MessageResult
    from gamestate.game.orchestrator import GameStateOrchestrator, Login
    from gamestate.observe.log import configure_logs
    from gamestate.server.bootstrap import Server, open_server
    from gamestate.server.config import Settings, load_settings
    from persistence.errors import (
        BacklogFullError,
        FencedOutError,
        PersistenceError,
        StoreUnavailableError,
    )

    __version__: str

__all__ = [
    "ActorCrashedError",
    "ActorError",
    "ActorStoppedError",
    "AskTimeoutError",
    "BacklogFullError",
    "ConfigurationError",
    "ContentError",
    "DeliveryError",
    "FencedOutError",
    "GameStateError",
    "GameStateOrchestrator",
    "InvalidPayloadError",
    "Login",
    "MailboxFullError",
    "MalformedError",
    "MessageIdReusedError",
    "MessageResult",
    "NotLoggedInError",
    "NotYetInPostgresError",
    "OwnedElsewhereError",
    "PersistenceError",
    "QuarantinedError",
    "RefusedError",
    "Server",
    "Settings",
    "ShuttingDownError",
    "StoreUnavailableError",
    "SupersededError",
    "TooManyStartsError",
    "UnknownCharacterError",
    "UnknownMessageTypeError",
    "__version__",
    "configure_logs",
    "load_settings",
    "open_server",
]  # fmt: skip

_HOMES: Final = (
    "actors.errors",
    "persistence.errors",
    "gamestate.errors",
    "gamestate.server.config",
    "gamestate.observe.log",
    "gamestate.game.message_result",
    "gamestate.game.orchestrator",
    "gamestate.server.bootstrap",
)
"""The modules of the names above, those that import the least first."""


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return metadata.version("gamestate")
    if name in __all__:
        modules = map(import_module, _HOMES)
        return next(getattr(module, name) for module in modules if hasattr(module, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
