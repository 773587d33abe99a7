"""Pets as a session module: where its parts are put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gamestate.contract import (
    AdjustVitals,
    CharacterCore,
    ConfigurationError,
    DocumentSection,
    MalformedError,
    ModuleSettings,
    Parts,
    Route,
    Section,
    SessionModule,
    Snapshot,
    TakeItems,
)
from pets import codec, commands
from pets.dto import PetsDTO
from pets.engine import PetsEngine
from pets.formatter import PetsFormatter
from pets.gateway import PetsGateway
from pets.settings import PetsSettings


class PetsModule(SessionModule):
    """The entry point.

    Raises: ConfigurationError: a setting is unknown, or its value is not allowed.
    """

    name = "pets"
    schema = codec.SCHEMA
    asks = (TakeItems, AdjustVitals)

    def __init__(self, given: ModuleSettings) -> None:
        settings = PetsSettings.of(given.settings)
        try:
            given.items.template(settings.food)
        except MalformedError as error:
            raise ConfigurationError(f"module_settings.pets.food: {error.detail}") from error
        self._engine = PetsEngine(settings)
        gateway = PetsGateway(self._engine, PetsFormatter(self._engine), settings.food)
        self.routes = {
            "adopt": Route(commands.Adopt, gateway.adopt),
            "feed": Route(commands.Feed, gateway.feed),
            "play": Route(commands.Play, gateway.play),
            "call": Route(commands.Call, gateway.call),
            "dismiss": Route(commands.Dismiss, gateway.dismiss),
            "release": Route(commands.Release, gateway.release),
            "view": Route(commands.View, gateway.view),
            "wake": Route(commands.Wake, gateway.wake, internal=True),
        }

    def restore_session(self, fields: Mapping[str, bytes], schema: int) -> PetsDTO:
        """See SessionModule."""
        return codec.decode(fields, schema)

    def save_session(self, session: PetsDTO, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return codec.encode(session, touched)

    def load_session(self, snapshot: Snapshot) -> PetsDTO | None:
        """See SessionModule."""
        document = snapshot.document
        return None if document is None else codec.decode_document(document.data)

    def backup_session(
        self, session_id: str, session: PetsDTO | None, touched: Collection[str] | None
    ) -> Section:
        """See SessionModule. A document is always written whole."""
        if session is None:
            return DocumentSection(None)
        return DocumentSection(session_id, codec.encode_document(session))

    def keeps(self, session: PetsDTO) -> bool:
        """See SessionModule: while there is a pet in it."""
        return bool(session.pets)

    def wakes_at(self, session: PetsDTO) -> float | None:
        """See SessionModule: when the called pet starves."""
        if session.called is None:
            return None
        return self._engine.starves_at(session.pets[session.called])

    def derived(self, session: PetsDTO, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """See SessionModule: the pet that follows."""
        if session.called is None:
            return {}
        pet = session.pets[session.called]
        return {"companion": {"species": pet.species, "name": pet.name}}
