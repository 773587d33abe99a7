"""All checks of a scenario beyond its fields."""

from __future__ import annotations

from gamestate.content.scenarios import names, shape
from gamestate.content.scenarios.scope import World, scope_of
from gamestate.content.scenarios.templates import Scenario


def problems(scenario: Scenario, world: World) -> list[str]:
    """What is wrong, each with the path to it, as `nodes.hall.choices[0].to: there is no …`.

    The shape of the graph is looked at only if every way leads somewhere and every node is one.
    """
    scope = scope_of(scenario, world)
    torn = [*names.missing_nodes(scenario), *shape.wrong_nodes(scenario)]
    found = [
        *torn,
        *names.repeated_choices(scenario),
        *names.wrong_variables(scenario),
        *names.wrong_names(scenario, scope),
        *names.wrong_monsters(scenario, world),
        *names.wrong_effects(scenario, scope),
        *names.wrong_texts(scenario, scope),
    ]
    return found if torn else found + _of_shape(scenario)


def _of_shape(scenario: Scenario) -> list[str]:
    return [
        *shape.unreachable(scenario),
        *shape.loops(scenario),
        *shape.long_walks(scenario),
        *shape.fights_in_a_row(scenario),
        *shape.refusable_without_choice(scenario),
        *shape.closed(scenario),
        *shape.endless(scenario),
        *shape.no_place_to_go_on(scenario),
    ]
