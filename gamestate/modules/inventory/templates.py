"""The template of an item that a character has, also if the catalogue no longer has it."""

from __future__ import annotations

from gamestate.content.items import ItemGateway, UnknownTemplateError
from gamestate.content.templates import ItemTemplate


def template_of(items: ItemGateway, template_id: str) -> ItemTemplate:
    """The template; if there is none, one of the kind `unknown`, so that no item is lost with its
    template: it weighs nothing, does not stack, can't be equipped or used, and can be dropped."""
    try:
        return items.template(template_id)
    except UnknownTemplateError:
        return ItemTemplate(
            template_id=template_id, name=template_id, kind="unknown", rarity="unknown"
        )
