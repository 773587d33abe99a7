"""From a message type and a payload to a checked command."""

from __future__ import annotations

import pytest

from gamestate.contract.effects import AdjustVitals, GrantItems
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.turn import CORE
from gamestate.errors import ConfigurationError, InvalidPayloadError, UnknownMessageTypeError
from gamestate.game.router import CoreRouter
from gamestate.modules.core.module import Adjustments, CoreModule, Move
from gamestate.modules.inventory.orchestrator import InventoryOrchestrator
from tests.support.modules.errand import ErrandModule, Wake
from tests.support.modules.probe import DerivingProbeModule, ProbeModule, Read, Refuse, Write


@pytest.fixture
def router() -> CoreRouter:
    return CoreRouter(CoreModule(), [ProbeModule()])


def test_a_message_becomes_its_modules_command(router: CoreRouter) -> None:
    message = router.message("probe.write", {"text": "hello", "hp": -3})
    assert (message.module, message.command) == ("probe", Write("hello", -3))
    assert message.route.needs_session
    assert router.message("core.move", {"location": "forest"}).command == Move("forest")


def test_a_command_may_read_its_payload_itself(router: CoreRouter) -> None:
    assert router.message("core.adjust_vitals", {"hp": -1}).command == Adjustments({"hp": -1})


@pytest.mark.parametrize("type_", ["core.dance", "dance", "", "probe.", "core.move ", "Core.move"])
def test_an_unknown_type_is_told_which_there_are(router: CoreRouter, type_: str) -> None:
    with pytest.raises(UnknownMessageTypeError) as caught:
        router.message(type_, {})
    assert "core.move" in caught.value.facts["known"]


@pytest.mark.parametrize(
    ("type_", "payload", "field"),
    [
        ("core.move", None, "payload"),
        ("core.adjust_vitals", {"hp": 1.5}, "payload.hp"),
        ("probe.write", {"text": "x", "hp": "3"}, "payload.hp"),
    ],
)
def test_a_payload_that_does_not_fit_names_its_field(
    router: CoreRouter, type_: str, payload: object, field: str
) -> None:
    with pytest.raises(InvalidPayloadError) as caught:
        router.message(type_, payload)
    assert caught.value.facts["field"] == field


def test_every_command_is_listed_with_its_class(router: CoreRouter) -> None:
    assert router.commands["probe.read"] is Read
    assert set(router.commands) >= {"core.view", "core.move", "probe.begin", "probe.end"}


def test_an_effect_finds_the_module_that_applies_it(router: CoreRouter) -> None:
    assert router.effect(AdjustVitals({"hp": 1}))[0] == CORE
    assert router.effect(Refuse())[0] == "probe"


def test_the_modules_that_derive_are_known_beforehand() -> None:
    derives, does_not = DerivingProbeModule(), ProbeModule()
    does_not.name, does_not.routes = "other", {}
    does_not.effects = {}
    assert CoreRouter(CoreModule(), [does_not, derives]).deriving == (derives,)
    assert CoreRouter(CoreModule(), []).deriving == ()


def test_two_modules_may_not_have_the_same_command() -> None:
    with pytest.raises(ConfigurationError, match=r"probe\.begin"):
        CoreRouter(CoreModule(), [ProbeModule(), ProbeModule()])


# ------------------------------------------------------------------ what is not for clients


@pytest.fixture
def with_errands() -> CoreRouter:
    return CoreRouter(CoreModule(), [ProbeModule(), ErrandModule()])


def test_an_internal_command_is_unknown_to_clients(with_errands: CoreRouter) -> None:
    with pytest.raises(UnknownMessageTypeError) as caught:
        with_errands.message("errand.wake", {})
    assert "errand.wake" not in caught.value.facts["known"]
    assert "errand.wake" not in with_errands.commands
    assert "errand.read" in with_errands.commands


def test_the_server_wakes_those_that_can_be_woken(with_errands: CoreRouter) -> None:
    assert with_errands.waking == {"errand"}
    message = with_errands.wake("errand")
    assert (message.type, message.module, message.command) == ("errand.wake", "errand", Wake())
    assert message.body == b"", "it leaves no receipt"


def test_a_command_of_clients_and_one_of_the_server_may_not_be_the_same() -> None:
    public = ProbeModule()
    public.name = "errand"
    public.routes = {"wake": public.routes["read"]}
    private = ErrandModule()
    for modules in ([public, private], [private, public]):
        with pytest.raises(ConfigurationError, match=r"errand\.wake"):
            CoreRouter(CoreModule(), modules)


def test_the_module_that_counts_items_is_known_beforehand(router: CoreRouter) -> None:
    bag = InventoryOrchestrator(ModuleSettings())
    assert CoreRouter(CoreModule(), [ProbeModule(), bag]).counting is bag
    assert router.counting is None


def test_an_effect_that_no_module_applies_is_a_mistake_of_the_configuration(
    router: CoreRouter,
) -> None:
    with pytest.raises(ConfigurationError, match="GrantItems is for 'inventory'"):
        router.effect(GrantItems("acid", 1))


class NeedyModule(ProbeModule):
    """Can't do without the inventory."""

    asks = (AdjustVitals, GrantItems)


def test_what_a_module_cannot_do_without_is_missed_before_anything_is_played() -> None:
    with pytest.raises(
        ConfigurationError, match=r"GrantItems, asked for by 'probe', .*'inventory'"
    ):
        CoreRouter(CoreModule(), [NeedyModule()])
    CoreRouter(CoreModule(), [NeedyModule(), InventoryOrchestrator(ModuleSettings())])
