"""An author of a module finds everything in `gamestate.contract`, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from gamestate import contract
from gamestate.contract import effects, module, settings, state, turn

FOR_THE_SERVER = {"Module", "SESSIONS", "STORE_HOOKS", "Same", "overrides"}
"""What the server core needs of the contract, and no module."""


def defined_in(one: ModuleType) -> Iterator[str]:
    """The public names that a module of the contract defines itself."""
    constants = vars(one).get("__annotations__", {})
    for name, value in vars(one).items():
        if not name.startswith("_") and (
            name in constants or getattr(value, "__module__", "") == one.__name__
        ):
            yield name


def test_every_public_name_of_the_contract_is_exported() -> None:
    defined = {name for one in (effects, module, state, turn) for name in defined_in(one)}
    assert defined - FOR_THE_SERVER <= set(contract.__all__)
    assert defined >= FOR_THE_SERVER
    assert contract.ModuleSettings is settings.ModuleSettings


def test_what_is_listed_is_what_is_there() -> None:
    there = {name for name, it in vars(contract).items() if not isinstance(it, ModuleType)}
    assert sorted(name for name in there if not name.startswith("_")) == sorted(contract.__all__)
