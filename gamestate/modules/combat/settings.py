"""What an operator may set for combat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen
from attrs.validators import optional

from gamestate.contract.settings import name, number, one_of, settings_of, whole
from gamestate.modules.combat.dto import DEFEAT, ENDED, FLED

DEFEND: Final = "defend"
OFFLINE_OUTCOMES: Final = (FLED, DEFEAT, ENDED, DEFEND)
A_DAY_S: Final = 86_400


@frozen
class CombatSettings:
    """Time, size, and who decides.

    Attributes:
        turn_deadline_s: a character that does nothing for so long defends; 0: it has for ever.
        max_rounds: after which a fight ends without a winner.
        offline_turns: after so many expired deadlines in a row the fight is resolved.
        offline_outcome: how; `defend`: it is not, the character goes on defending.
        log_kept: entries of the log in the live session; Postgres has all of them.
        log_shown: at most so many of them in one reply.
        max_monsters: in one fight.
        proficiency: what training adds to the character's rolls to hit; None: as the rules say.
        rules: what `rules` are called that are used: our own `srd`, or an entry point of the group
            `gamestate.combat.rules`.
        policy: how monsters decide: our own `instinct`, or an entry point of the group
            `gamestate.combat.policies`.
    """

    turn_deadline_s: float = field(default=30, validator=number(A_DAY_S))
    max_rounds: int = field(default=200, validator=whole(1, 10_000))
    offline_turns: int = field(default=3, validator=whole(1, 10_000))
    offline_outcome: str = field(default=FLED, validator=one_of(*OFFLINE_OUTCOMES))
    log_kept: int = field(default=100, validator=whole(1, 10_000))
    log_shown: int = field(default=30, validator=whole(1, 10_000))
    max_monsters: int = field(default=20, validator=whole(1, 1_000))
    proficiency: int | None = field(default=None, validator=optional(whole(0, 100)))
    rules: str = field(default="srd", validator=name)
    policy: str = field(default="instinct", validator=name)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> CombatSettings:
        """The settings of a configuration table. Raises: ConfigurationError."""
        return settings_of(cls, "combat", table)
