"""The commands of scenarios. The payload of a message is structured into one of these."""

from __future__ import annotations

from attrs import frozen


@frozen
class StartScenario:
    """`scenario.start`: begin a scenario of the catalogue."""

    scenario: str


@frozen
class Choose:
    """`scenario.choose`: take one of the choices of the node."""

    choice: str


@frozen
class ViewScenario:
    """`scenario.view`: where the scenario is; changes nothing."""


@frozen
class AbandonScenario:
    """`scenario.abandon`: end the scenario, wherever it is."""


@frozen
class Wake:
    """`scenario.wake`: the timer of the node may have run out. Sent by the actor."""
