"""CoreRouter: from a message type and a payload to a checked message and its handler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen

from gamestate.contract.module import Module, SessionModule, overrides
from gamestate.contract.turn import LEAVE, WAKE, Effect, EffectRoute, Route
from gamestate.errors import ConfigurationError, UnknownMessageTypeError
from gamestate.structure import structure


class Message:
    """A message on its way to a character: its command has passed every check that needs no state.

    `message_id`: the id the reply carries. `body`: a digest of type and payload if the sender chose
    the id (the message is then applied at most once), else b"".
    """

    __slots__ = ("body", "command", "message_id", "module", "route", "type")

    def __init__(
        self, type_: str, module: str, route: Route, command: Any, message_id: str
    ) -> None:
        self.type = type_
        self.module = module
        self.route = route
        self.command = command
        self.message_id = message_id
        self.body = b""

    def apply_once(self, body: bytes) -> None:
        """The sender chose the message id: apply the message at most once. `body`: its digest."""
        self.body = body


@frozen
class Entry:
    """What handles a message type. `parse`: from a payload to the command of the route."""

    module: str
    route: Route
    parse: Callable[[Any], Any]


class CoreRouter:
    """The table of all commands and effects, built once.

    Raises: ConfigurationError: two modules have one command, or a module asks for an effect that
        none applies.

    Attributes:
        modules: every session module by name.
        deriving: those whose sessions say something about the whole character.
        counting: the one whose sessions hold the character's items, if there is one.
        worth: what slaying a monster of a challenge rating is worth; None if no module says.
        waking, leaving: the names of those that have an internal command `wake` or `leave`.
    """

    def __init__(self, core: Module, modules: Iterable[SessionModule]) -> None:
        listed = list(modules)
        self.modules: dict[str, SessionModule] = {module.name: module for module in listed}
        self._table: dict[str, Entry] = {}
        self._effects: dict[type[Effect], tuple[str, EffectRoute]] = {}
        for module in (core, *listed):
            self._add(module)
        self._check_asked(listed)
        # A module takes part in what it overrides or has an internal command for.
        self.deriving = tuple(one for one in listed if overrides(one, "derived"))
        self.counting = next((one for one in listed if overrides(one, "count")), None)
        valuing = (one.worth for one in listed if overrides(one, "worth"))
        self.worth: Callable[[float], int] | None = next(valuing, None)
        self.waking = frozenset(name for name in self.modules if self._internal(name, WAKE))
        self.leaving = frozenset(name for name in self.modules if self._internal(name, LEAVE))

    @property
    def commands(self) -> Mapping[str, type]:
        """Every message type a client may send and the class its payload is structured into."""
        entries = self._table.items()
        return {type_: it.route.command for type_, it in entries if not it.route.internal}

    def message(self, type_: str, payload: Any, message_id: str = "") -> Message:
        """Check a message of a client: the only place that looks its type up.

        Raises:
            UnknownMessageTypeError, InvalidPayloadError: the sender's mistake; nothing was done.
        """
        entry = self._table.get(type_)
        if entry is None or entry.route.internal:
            raise UnknownMessageTypeError(type_, sorted(self.commands))
        return Message(type_, entry.module, entry.route, entry.parse(payload), message_id)

    def wake(self, module: str) -> Message:
        """The internal message for a module of `waking` when its time has come."""
        return self._internal_message(module, WAKE)

    def leave(self, module: str) -> Message:
        """The internal message for a module of `leaving` before a logout."""
        return self._internal_message(module, LEAVE)

    def effect(self, effect: Effect) -> tuple[str, EffectRoute]:
        """The name of the module that applies this effect, and its route.

        Raises:
            ConfigurationError: no configured module applies it.
        """
        found = self._effects.get(type(effect))
        if found is None:
            raise self._unapplied(type(effect))
        return found

    def _internal_message(self, module: str, command: str) -> Message:
        type_ = _type(module, command)
        route = self._table[type_].route
        return Message(type_, module, route, route.command(), message_id=type_)

    def _internal(self, module: str, command: str) -> bool:
        entry = self._table.get(_type(module, command))
        return entry is not None and entry.route.internal

    def _check_asked(self, modules: Iterable[SessionModule]) -> None:
        for module in modules:
            for effect in module.asks:
                if effect not in self._effects:
                    raise self._unapplied(effect, f", asked for by {module.name!r},")

    def _unapplied(self, effect: type[Effect], asked: str = "") -> ConfigurationError:
        return ConfigurationError(
            f"modules: {effect.__name__}{asked} is for {effect.target!r}, which is not among "
            f"{', '.join(self.modules)} or does not know it"
        )

    def _add(self, module: Module) -> None:
        for command, route in module.routes.items():
            type_ = _type(module.name, command)
            if type_ in self._table:
                raise ConfigurationError(f"two modules have the command {type_}")
            self._table[type_] = Entry(module.name, route, _parser(route.command))
        for effect, effect_route in module.effects.items():
            self._effects[effect] = (module.name, effect_route)


def _type(module: str, command: str) -> str:
    return f"{module}.{command}"


def _parser(command: type) -> Callable[[Any], Any]:
    """How a payload becomes this command. A class with `from_payload` does it itself."""
    own: Callable[[Any], Any] | None = getattr(command, "from_payload", None)
    return own if own is not None else lambda payload: structure(payload, command)
