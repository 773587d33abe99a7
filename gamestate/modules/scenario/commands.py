"""What may be asked of a scenario. The payload of a message is structured into one of these."""

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
    """`scenario.view`: see where the scenario is; changes nothing."""


@frozen
class AbandonScenario:
    """`scenario.abandon`: leave the scenario for good, wherever it is."""


@frozen
class Wake:
    """`scenario.wake`: the time of the node may be up. Sent by the character's own actor."""
