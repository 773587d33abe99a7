"""The inventory as a session module: where its parts are put together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from attrs import evolve

from gamestate.contract.effects import INVENTORY, GrantItems, TakeItems, UseItemInFight
from gamestate.contract.module import Parts, SessionModule, Snapshot, Storage
from gamestate.contract.state import CharacterCore
from gamestate.contract.turn import Effect, EffectRoute, Route, Transition, TurnContext
from gamestate.modules.inventory import commands
from gamestate.modules.inventory.codec import SCHEMA
from gamestate.modules.inventory.engine import InventoryEngine
from gamestate.modules.inventory.formatter import InventoryFormatter
from gamestate.modules.inventory.gateway import InventoryGateway
from gamestate.modules.inventory.gear import derived
from gamestate.modules.inventory.limits import Limits
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from gamestate.modules.inventory.settings import InventorySettings
from gamestate.modules.inventory.templates import ItemGateway
from persistence.records import Section

AnyRoute = TypeVar("AnyRoute", Route, EffectRoute)


def inventory(settings: Mapping[str, Any], items: ItemGateway) -> SessionModule:
    """The inventory module for a catalogue.

    Raises:
        ConfigurationError: a setting is unknown or its value is not allowed.
    """
    chosen = InventorySettings.of(settings)
    engine = InventoryEngine(items, chosen)
    gateway = InventoryGateway(engine, InventoryFormatter(items, Limits(chosen), engine))
    lazy = chosen.clean_up == "lazy"
    return InventoryModule(engine, gateway, InventoryOrchestrator(items), lazy=lazy)


class InventoryModule:
    """A SessionModule over the gateway and the orchestrator. `lazy`: its clean-up."""

    name = INVENTORY
    schema = SCHEMA
    storage = Storage.ITEMS
    derives = True

    def __init__(
        self,
        engine: InventoryEngine,
        gateway: InventoryGateway,
        orchestrator: InventoryOrchestrator,
        *,
        lazy: bool,
    ) -> None:
        self._engine = engine
        self._orchestrator = orchestrator
        self._lazy = lazy
        effects: Mapping[type[Effect], EffectRoute] = {
            GrantItems: EffectRoute(gateway.grant_items),
            TakeItems: EffectRoute(gateway.take_items),
            UseItemInFight: EffectRoute(gateway.use_in_fight),
        }
        routes: Mapping[str, Route] = {
            "open": Route(commands.OpenInventory, gateway.open),
            "view": Route(commands.ViewInventory, gateway.view),
            "inspect": Route(commands.InspectItem, gateway.inspect),
            "grant": Route(commands.GrantItem, gateway.grant),
            "equip": Route(commands.EquipItem, gateway.equip),
            "unequip": Route(commands.UnequipItem, gateway.unequip),
            "use": Route(commands.UseItem, gateway.use),
            "recharge": Route(commands.RechargeItem, gateway.recharge),
            "move": Route(commands.MoveItem, gateway.move),
            "split": Route(commands.SplitStack, gateway.split),
            "merge": Route(commands.MergeStacks, gateway.merge),
            "assign_quick_slot": Route(commands.AssignQuickSlot, gateway.assign_quick_slot),
            "clear_quick_slot": Route(commands.ClearQuickSlot, gateway.clear_quick_slot),
            "use_quick_slot": Route(commands.UseQuickSlot, gateway.use_quick_slot),
            "drop": Route(commands.DropItem, gateway.drop),
            "discard": Route(commands.DiscardItem, gateway.discard),
            "lock": Route(commands.LockItem, gateway.lock),
            "unlock": Route(commands.UnlockItem, gateway.unlock),
            "close": Route(commands.CloseInventory, gateway.close, needs_session=False),
        }
        # After a reload of the content the first turn on a session computes it anew.
        self.effects = {kind: self._up_to_date(route) for kind, route in effects.items()}
        self.routes = {name: self._up_to_date(route) for name, route in routes.items()}

    def _up_to_date(self, route: AnyRoute) -> AnyRoute:
        handle, orchestrator = route.handle, self._orchestrator

        def handle_current(turn: TurnContext, session: Any, command: Any) -> Transition:
            return handle(turn, session and orchestrator.up_to_date(session), command)

        return evolve(route, handle=handle_current)

    def keeps(self, session: Any) -> bool:
        """See SessionModule. With aggressive clean-up none."""
        return self._lazy

    def shown(self, session: Any) -> bool:
        """See SessionModule."""
        return True

    def wakes_at(self, session: Any) -> float | None:
        """See SessionModule. Cooldowns and buffs end by themselves."""
        return None

    def count(self, session: Any, template_id: str) -> int:
        """See CountsItems."""
        return self._engine.count(session, template_id)

    def encode(self, session: Any, touched: Collection[str] | None) -> Parts:
        """See SessionModule."""
        return self._orchestrator.save_session(session, touched)

    def decode(self, fields: Mapping[str, bytes], schema: int) -> Any:
        """See SessionModule."""
        return self._orchestrator.restore_session(fields, schema)

    def load_session(self, snapshot: Snapshot) -> Any:
        """See SessionModule. An empty snapshot makes an empty inventory, never None."""
        return self._orchestrator.load_session(snapshot)

    def backup_session(
        self, session_id: str, session: Any | None, touched: Collection[str] | None
    ) -> Section:
        """See SessionModule."""
        return self._orchestrator.backup_session(session, touched)

    def derived(self, session: Any, core: CharacterCore, now_s: float) -> Mapping[str, Any]:
        """See SessionModule. What `gear.derived` says."""
        current = self._orchestrator.up_to_date(session)
        return derived(current.gear, current.buffs, core.stats, now_s)
