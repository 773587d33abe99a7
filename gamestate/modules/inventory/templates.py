"""What the inventory asks of the catalogue: a port, so that the rules know no files."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from gamestate.content.templates import Armor, ItemEffect, Weapon
from gamestate.errors import MalformedError


class ItemTemplate(Protocol):
    """An item's rules as data, as far as the inventory has rules about them.

    Weights are thousandths of a pound, values copper pieces.
    """

    @property
    def template_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def rarity(self) -> str: ...
    @property
    def weight_mlb(self) -> int: ...
    @property
    def value_cp(self) -> int: ...
    @property
    def max_stack(self) -> int: ...
    @property
    def slots(self) -> tuple[str, ...]: ...
    @property
    def two_handed(self) -> bool: ...
    @property
    def requirements(self) -> Mapping[str, int]: ...
    @property
    def modifiers(self) -> Mapping[str, int]: ...
    @property
    def weapon(self) -> Weapon | None: ...
    @property
    def armor(self) -> Armor | None: ...
    @property
    def consumable(self) -> bool: ...
    @property
    def charges(self) -> int: ...
    @property
    def effects(self) -> Sequence[ItemEffect]: ...
    @property
    def cooldown_s(self) -> int: ...
    @property
    def cooldown_group(self) -> str | None: ...
    @property
    def only_if_useful(self) -> bool: ...
    @property
    def flags(self) -> Collection[str]: ...


class ItemGateway(Protocol):
    """The catalogue; every call is a look-up in memory."""

    @property
    def edition(self) -> int:
        """How often it was replaced by another."""

    def template(self, template_id: str) -> ItemTemplate:
        """The template. Raises a MalformedError with the code `unknown_template`."""

    def view(self, template: Any) -> Mapping[str, Any]:
        """What a client sees of every item of one of its templates; shared, never changed."""


@frozen
class MissingTemplate:
    """Stands in for a template that the catalogue no longer has, so that no item is lost with it:
    it weighs nothing, stacks with nothing, is worn nowhere, does nothing, and can be dropped."""

    template_id: str
    name: str
    kind: str = "unknown"
    rarity: str = "unknown"
    weight_mlb: int = 0
    value_cp: int = 0
    max_stack: int = 1
    slots: tuple[str, ...] = ()
    two_handed: bool = False
    requirements: Mapping[str, int] = field(factory=dict)
    modifiers: Mapping[str, int] = field(factory=dict)
    weapon: Weapon | None = None
    armor: Armor | None = None
    consumable: bool = False
    charges: int = 0
    effects: tuple[ItemEffect, ...] = ()
    cooldown_s: int = 0
    cooldown_group: str | None = None
    only_if_useful: bool = False
    flags: tuple[str, ...] = ()

    def view(self) -> Mapping[str, Any]:
        """What a client sees of it: the fields that a view of any template has."""
        return {
            "template_id": self.template_id,
            "name": self.name,
            "kind": self.kind,
            "rarity": self.rarity,
            "weight": 0.0,
            "value": 0.0,
            "max_stack": self.max_stack,
        }


def template_of(items: ItemGateway, template_id: str) -> ItemTemplate:
    """The template of an item that exists, a MissingTemplate if the catalogue lost it."""
    try:
        return items.template(template_id)
    except MalformedError:
        return MissingTemplate(template_id, template_id)


def view_of(items: ItemGateway, template: ItemTemplate) -> Mapping[str, Any]:
    """What a client sees of every item of the template."""
    if isinstance(template, MissingTemplate):
        return template.view()
    return items.view(template)
