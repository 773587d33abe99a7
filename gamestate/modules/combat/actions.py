"""What a fighter may do with its turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from gamestate.modules.combat.dto import Blow


@frozen
class Attack:
    """Hit somebody: with one blow, as often as the fighter strikes in a turn; or, if it is None,
    with each of its blows once."""

    target: str
    blow: Blow | None = None


@frozen
class Defend:
    """Attacks against it have disadvantage until its next turn."""


@frozen
class Flee:
    """Try to get out of the fight."""


@frozen
class Pass:
    """Do nothing."""


@frozen
class UseItem:
    """An item was used. `told`: what the inventory said of it."""

    told: Mapping[str, Any]


Action = Attack | Defend | Flee | Pass | UseItem
