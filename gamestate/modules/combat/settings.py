"""The settings of combat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from attrs import frozen

from gamestate.constraints import Between, NotEmpty, OneOf
from gamestate.contract.effects import DEFEAT, ENDED, FLED
from gamestate.contract.settings import settings_of

DEFEND: Final = "defend"
OFFLINE_OUTCOMES: Final = (FLED, DEFEAT, ENDED, DEFEND)
DAY_S: Final = 86_400

Number = Annotated[int, Between(1, 10_000)]
Name = Annotated[str, NotEmpty()]


@frozen
class CombatSettings:
    """The table `[gamestate.module_settings.combat]`.

    Attributes:
        turn_deadline_s: seconds after which a character that does nothing defends; 0: no deadline.
        max_rounds: the last round; after it a fight ends without a winner.
        offline_turns: expired deadlines in a row after which the fight is resolved.
        offline_outcome: the outcome then; `defend`: none, the character continues to defend.
        log_kept: entries of the log in the live session; Postgres has all of them.
        log_shown: the most entries in one reply.
        max_monsters: the most monsters in one fight.
        proficiency: what training adds to the character's rolls to hit; None: as the rules say.
        rules: what `rules` are called that are used: our own `srd`, or an entry point of the group
            `gamestate.combat.rules`.
        policy: how monsters decide: our own `instinct`, or an entry point of the group
            `gamestate.combat.policies`.
    """

    turn_deadline_s: Annotated[float, Between(0, DAY_S)] = 30
    max_rounds: Number = 200
    offline_turns: Number = 3
    offline_outcome: Annotated[str, OneOf("an outcome", OFFLINE_OUTCOMES)] = FLED
    log_kept: Number = 100
    log_shown: Number = 30
    max_monsters: Annotated[int, Between(1, 1_000)] = 20
    proficiency: Annotated[int, Between(0, 100)] | None = None
    rules: Name = "srd"
    policy: Name = "instinct"

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> CombatSettings:
        """The settings of a configuration table. Raises: ConfigurationError."""
        return settings_of(cls, "combat", table)
