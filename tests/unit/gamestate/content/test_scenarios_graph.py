"""The picture of a scenario."""

from __future__ import annotations

from typing import Any

from gamestate.content.catalogue import load
from gamestate.content.graph import graph
from gamestate.content.scenarios.reading import read_scenario
from gamestate.content.scenarios.scope import World

NODES: dict[str, Any] = {
    "great-hall": {
        "text": "A hall.",
        "choices": [
            {"id": "on", "text": 'Say "#1 & <on>".', "to": "fork"},
            {"id": "fight", "text": "Fight, though it is a very bad idea indeed.", "to": "pit"},
        ],
        "timer": {"after_s": 30, "to": "end"},
    },
    "fork": {"goto": [{"when": "coins > 1", "to": "end"}, {"to": "great-hall"}]},
    "pit": {
        "text": "Rats.",
        "fight": {
            "monsters": [{"monster": "rat", "count": 3}, {"monster": "wolf"}],
            "victory": "end",
            "defeat": "end",
            "fled": "great-hall",
        },
    },
    "end": {"text": "The end.", "end": "done"},
}


def test_a_graph_has_a_line_for_every_node_and_every_way() -> None:
    facts = {"name": "Tale", "start": "great-hall", "variables": {"coins": 0}, "nodes": NODES}
    world = World(monsters=frozenset({"rat", "wolf"}))
    scenario, _ = read_scenario("tale", facts, world)
    assert scenario is not None
    assert graph(scenario) == (
        """flowchart TD
    n_great_hall["great-hall"]
    n_fork{"fork"}
    n_pit{{"pit: 3 rat, 1 wolf"}}
    n_end(["end: done"])
    n_great_hall -->|"Say #34;#35;1 #38; #60;on#62;#34;."| n_fork
    n_great_hall -->|"Fight, though it is a very bad idea ind…"| n_pit
    n_great_hall --o|"after 30 s"| n_end
    n_fork -.->|"coins #62; 1"| n_end
    n_fork -.-> n_great_hall
    n_pit ==>|"victory"| n_end
    n_pit ==>|"defeat"| n_end
    n_pit ==>|"fled"| n_great_hall
    style n_great_hall stroke-width:4px
"""
    )


def test_every_scenario_of_the_starter_pack_can_be_drawn() -> None:
    for scenario in load().scenarios.values():
        assert len(graph(scenario).splitlines()) > 2 * len(scenario.nodes)
