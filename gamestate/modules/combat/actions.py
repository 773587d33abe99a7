"""What a fighter may do with its turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from gamestate.modules.combat.dto import Blow


@frozen
class Attack:
    """Attack `target`. `blow`: used as often as the fighter strikes in a turn; None: each of its
    blows once."""

    target: str
    blow: Blow | None = None


@frozen
class Defend:
    """Attacks against it have disadvantage until its next turn."""


@frozen
class Flee:
    """Try to flee from the fight."""


@frozen
class Pass:
    """Do nothing."""


@frozen
class UseItem:
    """An item was used. `reply`: the facts of the inventory's reply that the log shows."""

    reply: Mapping[str, Any]


Action = Attack | Defend | Flee | Pass | UseItem
