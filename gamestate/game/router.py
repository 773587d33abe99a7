"""CoreRouter: from a message type and a payload to a checked message and the module that handles
it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from gamestate.contract.module import AsksOthers, CountsItems, SessionModule, ValuesMonsters
from gamestate.contract.turn import LEAVE, WAKE, Effect, EffectRoute, Route
from gamestate.errors import ConfigurationError, UnknownMessageTypeError
from gamestate.structure import structure


class Message:
    """A message on its way to a character: its command has passed every check that needs no state.

    `message_id`: the id the reply carries. `body`: a digest of type and payload if the sender chose
    the id (the message is then applied at most once), else b"".
    """

    __slots__ = ("body", "command", "message_id", "module", "route", "type")

    def __init__(self, type_: str, module: str, route: Route, command: Any) -> None:
        self.type = type_
        self.module = module
        self.route = route
        self.command = command
        self.message_id = ""
        self.body = b""


class Routes(Protocol):
    """What the router needs of a module; the core has it too, though it is no session module."""

    @property
    def name(self) -> str: ...

    @property
    def routes(self) -> Mapping[str, Route]: ...

    @property
    def effects(self) -> Mapping[type[Effect], EffectRoute]: ...


class CoreRouter:
    """The table of all commands and effects, built once.

    Raises: ConfigurationError: two modules have one command, or one asks for what none applies.

    Attributes:
        modules: every session module by name.
        deriving: those whose sessions say something about the whole character.
        counting: the one whose sessions hold the character's items, if there is one.
        worth: what slaying a monster of a challenge rating is worth; None if no module says.
        waking, leaving: the names of those that have an internal command `wake` or `leave`.
    """

    def __init__(self, core: Routes, modules: Iterable[SessionModule]) -> None:
        listed = list(modules)
        self.modules: dict[str, SessionModule] = {module.name: module for module in listed}
        self.deriving = tuple(module for module in listed if module.derives)
        self.counting = next((one for one in listed if isinstance(one, CountsItems)), None)
        valuing = (one.worth for one in listed if isinstance(one, ValuesMonsters))
        self.worth: Callable[[float], int] | None = next(valuing, None)
        self._table: dict[str, tuple[str, Route, Callable[[Any], Any]]] = {}
        self._internal: dict[str, tuple[str, Route]] = {}
        self._effects: dict[type[Effect], tuple[str, EffectRoute]] = {}
        for module in (core, *listed):
            self._add(module)
        self.waking = self._having(WAKE)
        self.leaving = self._having(LEAVE)
        self._check_asked(listed)

    @property
    def commands(self) -> Mapping[str, type]:
        """Every message type a client may send and the class its payload is structured into."""
        return {type_: route.command for type_, (_, route, _) in self._table.items()}

    def message(self, type_: str, payload: Any) -> Message:
        """Check a message.

        Raises:
            UnknownMessageTypeError, InvalidPayloadError: the sender's mistake; nothing was done.
        """
        entry = self._table.get(type_)
        if entry is None:
            raise UnknownMessageTypeError(type_, sorted(self._table))
        module, route, parse = entry
        return Message(type_, module, route, parse(payload))

    def wake(self, module: str) -> Message:
        """The message for a module of `waking` whose time has come."""
        return self._internal_message(module, WAKE)

    def leave(self, module: str) -> Message:
        """The message for a module of `leaving` whose character is being logged out."""
        return self._internal_message(module, LEAVE)

    def _internal_message(self, module: str, command: str) -> Message:
        type_ = _type(module, command)
        name, route = self._internal[type_]
        message = Message(type_, name, route, route.command())
        message.message_id = type_
        return message

    def effect(self, effect: Effect) -> tuple[str, EffectRoute]:
        """Which module applies this effect, and how.

        Raises:
            ConfigurationError: none of the configured ones.
        """
        found = self._effects.get(type(effect))
        if found is None:
            raise self._nobody_applies(type(effect))
        return found

    def _check_asked(self, modules: Iterable[SessionModule]) -> None:
        for module in modules:
            for effect in module.asks if isinstance(module, AsksOthers) else ():
                if effect not in self._effects:
                    raise self._nobody_applies(effect, f", asked for by {module.name!r},")

    def _nobody_applies(self, effect: type[Effect], asked: str = "") -> ConfigurationError:
        return ConfigurationError(
            f"modules: {effect.__name__}{asked} is for {effect.target!r}, which is not among "
            f"{', '.join(self.modules)} or does not know it"
        )

    def _having(self, command: str) -> frozenset[str]:
        internal = self._internal.items()
        return frozenset(name for type_, (name, _) in internal if type_ == _type(name, command))

    def _add(self, module: Routes) -> None:
        for action, route in module.routes.items():
            type_ = _type(module.name, action)
            if type_ in self._table or type_ in self._internal:
                raise ConfigurationError(f"two modules have the command {type_}")
            if route.internal:
                self._internal[type_] = (module.name, route)
            else:
                self._table[type_] = (module.name, route, _parser(route.command))
        for effect, effect_route in module.effects.items():
            self._effects[effect] = (module.name, effect_route)


def _type(module: str, action: str) -> str:
    return f"{module}.{action}"


def _parser(command: type) -> Callable[[Any], Any]:
    """How a payload becomes this command. A class with `from_payload` does it itself."""
    own: Callable[[Any], Any] | None = getattr(command, "from_payload", None)
    return own if own is not None else lambda payload: structure(payload, command)
