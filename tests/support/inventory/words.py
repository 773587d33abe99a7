"""The words that the model of the inventory's rules is written in."""

from __future__ import annotations

from typing import Any, Final

from attrs import Factory, define, frozen

from tests.support.inventory.catalogue import ITEMS, Facts

HANDS: Final = ("main_hand", "off_hand")
SLOTS: Final = (*HANDS, "head", "chest", "legs", "feet", "accessory_1", "accessory_2")
RARITIES: Final = ("common", "uncommon", "rare", "very_rare", "legendary", "artifact")
STATS: Final = ("strength", "agility", "endurance", "intelligence", "wisdom", "charisma")


@frozen
class Refusal:
    """A rule said no."""

    code: str
    facts: Facts


@frozen
class Reason:
    """Why a command may be refused. `facts`: those that are certain. `open`: the rules allow the
    command as well as its refusal."""

    code: str
    facts: Facts = Factory(dict)
    open: bool = False


@define
class Item:
    """One stack. In the backpack with `position` None: where exactly, the next view tells."""

    item_id: int
    template_id: str
    quantity: int
    slot: str | None = None
    position: int | None = None
    data: dict[str, Any] = Factory(dict)

    @property
    def facts(self) -> Facts:
        """What the catalogue says."""
        return ITEMS[self.template_id]

    @property
    def charges(self) -> int:
        """Uses left in the one that is used next; 0 if it never had any."""
        full: int = self.facts.get("charges", 0)
        left: int = self.data.get("charges", full)
        return left

    @property
    def room(self) -> int:
        """How many more this stack takes."""
        most: int = self.facts.get("max_stack", 1)
        return most - self.quantity


@define
class Settings:
    """`module_settings.inventory`, as far as they decide anything here."""

    capacity_slots: int = 100
    slots_per_strength: int = 0
    carry_lb_per_strength: int = 15
    enforce_weight: bool = False
    refill_quick_slots: bool = False
    confirm_discard_from: str = "uncommon"
    clean_up: str = "lazy"
