"""ItemGateway: the items of the catalogue for the modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gamestate.content.catalogue import Catalogue
from gamestate.content.templates import ItemTemplate
from gamestate.errors import MalformedError
from gamestate.structure import to_json


class UnknownTemplateError(MalformedError):
    """The catalogue has no item of this id."""

    code = "unknown_template"

    def __init__(self, template_id: str) -> None:
        super().__init__(f"there is no item {template_id!r}", template_id=template_id)


class ItemGateway:
    """Item templates and how clients see them. In memory: every call is a dictionary look-up.

    Attributes:
        edition: how often the catalogue was replaced. What was computed from templates of an
            earlier edition must be computed again.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.edition = 0
        self._templates = dict(catalogue.items)
        self._views: dict[str, Mapping[str, Any]] = {}

    def replace(self, catalogue: Catalogue) -> None:
        """Replace the items after a reload of the catalogue."""
        self._templates, self._views = dict(catalogue.items), {}
        self.edition += 1

    def template(self, template_id: str) -> ItemTemplate:
        """The template of this id.

        Raises:
            UnknownTemplateError: there is none.
        """
        try:
            return self._templates[template_id]
        except KeyError:
            raise UnknownTemplateError(template_id) from None

    def view(self, template: ItemTemplate) -> Mapping[str, Any]:
        """What a client sees of every item of a template, as JSON values.

        Always `template_id`, `name`, `kind`, `rarity`, `weight` (pounds), `value` (gold pieces) and
        `max_stack`; the other fields of the template where they say something, in the shape they
        have in a catalogue file. Each of `effects` has its `effect` and all fields of that effect,
        as `{"effect": "learn", "skill": "alchemy", "level": 1}`. Computed once and shared: put it
        into your own dict, never change it.
        """
        try:
            return self._views[template.template_id]
        except KeyError:
            return self._views.setdefault(template.template_id, self._compute(template))

    def _compute(self, template: ItemTemplate) -> Mapping[str, Any]:
        facts = to_json(template)
        exact = ("weight_mlb", "value_cp")
        return {
            "template_id": template.template_id,
            "name": template.name,
            "kind": template.kind,
            "rarity": template.rarity,
            "weight": template.weight,
            "value": template.value,
            "max_stack": template.max_stack,
        } | {name: fact for name, fact in facts.items() if name not in exact}
