"""The session modules: those of the server, and those that other packages register."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Any, Final

from gamestate.content.live import LiveContent
from gamestate.contract.entry_point import make_module
from gamestate.contract.module import SessionModule
from gamestate.contract.settings import ModuleSettings
from gamestate.errors import ConfigurationError
from gamestate.modules.combat.orchestrator import CombatOrchestrator
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.modules.scenario.orchestrator import ScenarioOrchestrator

ENTRY_POINTS: Final = "gamestate.modules"

OWN_MODULES: Final = {
    module.name: module
    for module in (InventoryOrchestrator, CombatOrchestrator, ScenarioOrchestrator)
}
"""The modules of the server by name: the only place where one is registered."""

DOCUMENT_TABLES: Final = {name: it.table for name, it in OWN_MODULES.items() if it.table}
"""The Postgres tables of the sessions that have one of their own, by module."""

NEXT_STATES: Final = {name: it.next_states for name, it in OWN_MODULES.items()}
"""The states that may follow, by state, also if the module is not configured."""


def load_modules(
    names: Iterable[str], settings: Mapping[str, Mapping[str, Any]], content: LiveContent
) -> list[SessionModule]:
    """The modules of these names, of the server or of other packages. `settings`: by module name.

    Raises: ConfigurationError: there is no such module, it can't be loaded, or its settings are
        wrong.
    """
    registered = {entry.name: entry for entry in entry_points(group=ENTRY_POINTS)}
    modules: list[SessionModule] = []
    for name in names:
        given = ModuleSettings(
            settings.get(name, {}), content.items, content.monsters, content.scenarios
        )
        if name in OWN_MODULES:
            modules.append(OWN_MODULES[name](given))
        elif name in registered:
            modules.append(make_module(registered[name], given))
        else:
            known = ", ".join(sorted({*OWN_MODULES, *registered}))
            raise ConfigurationError(f"modules: there is no module {name!r}; there are: {known}")
    return modules
