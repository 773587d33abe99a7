"""Rules and policies by name: our own, and those that other packages register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Final, TypeVar

from gamestate.contract.entry_point import load
from gamestate.errors import ConfigurationError
from gamestate.modules.combat.policy import Instinct, Policy
from gamestate.modules.combat.rules import Rules

T = TypeVar("T")

RULES: Final = "gamestate.combat.rules"
POLICIES: Final = "gamestate.combat.policies"
"""The entry point groups; a target is a function without arguments."""

OUR_RULES: Final[Mapping[str, Callable[[], Rules]]] = {"srd": Rules}
OUR_POLICIES: Final[Mapping[str, Callable[[], Policy]]] = {"instinct": Instinct}


def rules_named(name: str) -> Rules:
    """Raises: ConfigurationError: there are no such rules, or they can't be loaded."""
    return _named("rules", name, OUR_RULES, RULES)


def policy_named(name: str) -> Policy:
    """Raises: ConfigurationError: there is no such policy, or it can't be loaded."""
    return _named("policy", name, OUR_POLICIES, POLICIES)


def _named(setting: str, name: str, ours: Mapping[str, Callable[[], T]], group: str) -> T:
    if name in ours:
        return ours[name]()
    registered = {entry.name: entry for entry in entry_points(group=group)}
    if name not in registered:
        known = ", ".join(sorted({*ours, *registered}))
        raise ConfigurationError(
            f"module_settings.combat: {setting}: there is no {name!r}; there are: {known}"
        )
    make: Callable[[], T] = load(registered[name], f"module_settings.combat: {setting}")
    return make()
