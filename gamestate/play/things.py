"""The verbs of the inventory, as the player types them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gamestate.play.arguments import counted, placed
from gamestate.play.pack import called, owned, pack
from gamestate.play.tooltip import tooltip
from gamestate.play.verb_group import VerbGroup
from gamestate.play.wording import Facts, listed, outcome, plural, title, words


class Things(VerbGroup):
    """The verbs of the inventory."""

    @property
    def verbs(self) -> Mapping[str, Callable[[str], None]]:
        """By name."""
        return {
            "inventory": self.inventory,
            "inspect": self.inspect,
            "equip": self.equip,
            "unequip": self.unequip,
            "use": self.use,
            "drop": self.drop,
            "grant": self.grant,
        }

    def inventory(self, rest: str) -> None:
        """List the items with the word in their names."""
        self._say(pack(self._seen(), rest))

    def inspect(self, rest: str) -> None:
        """Everything about one item."""
        item = self._meant(rest)
        self._say(tooltip(self._link.see("inventory.inspect", item_id=item["item_id"])))

    def equip(self, rest: str) -> None:
        """Put something on."""
        thing, slot = placed(rest)
        item = self._meant(thing, worn=False)
        where = {} if slot is None else {"slot": slot}
        reply = self._link.send("inventory.equip", item_id=item["item_id"], **where)
        put_on = reply["item"]
        away = listed([one["name"] for one in reply["displaced"]])
        instead = f" Back into the backpack: {away}." if away else ""
        self._say(f"{put_on['name']}: {words(put_on['slot'])}.{instead}")

    def unequip(self, rest: str) -> None:
        """Take something off."""
        item = self._meant(rest, worn=True)
        reply = self._link.send("inventory.unequip", slot=item["slot"])
        self._say(f"You take off {reply['item']['name']}.")

    def use(self, rest: str) -> None:
        """Use something. In a fight `Fights.use` does it."""
        item = self._meant(rest)
        reply = self._link.send("inventory.use", item_id=item["item_id"])
        effects = listed([outcome(one) for one in reply["effects"]])
        left = f" {reply['left']} left." if item["quantity"] > 1 or not reply["left"] else ""
        self._say(f"You use {item['name']}{': ' if effects else ''}{effects}.{left}")

    def drop(self, rest: str) -> None:
        """Leave something behind; without a count, all of the stack."""
        what = counted(rest, "item")
        item = self._meant(what.name)
        some = {} if what.count is None else {"quantity": what.count}
        reply = self._link.send("inventory.drop", item_id=item["item_id"], **some)
        self._say(f"You drop {called({**item, 'quantity': reply['dropped']})}.")

    def grant(self, rest: str) -> None:
        """Be given something."""
        what = counted(rest, "item")
        template_id = self._content.item(what.name)
        quantity = what.count or 1
        reply = self._link.send("inventory.grant", template_id=template_id, quantity=quantity)
        slots = reply["slots"]
        free = plural(slots["capacity"] - slots["used"], "place")
        many = f" x{reply['granted']}" if reply["granted"] > 1 else ""
        self._say(f"You get {title(template_id)}{many}; {free} left in your backpack.")

    def item_id(self, rest: str) -> int:
        """The id of the item a player means."""
        return int(self._meant(rest)["item_id"])

    def _meant(self, word: str, *, worn: bool | None = None) -> Facts:
        return owned(self._seen(), word, worn=worn)

    def _seen(self) -> Facts:
        inventory: Facts = self._link.inventory()
        self._scene.inventory = inventory
        return inventory
