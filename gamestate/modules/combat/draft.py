"""A fight in the making: the only way to change one.

What is changed here is also named among the touched parts, so that nothing can be forgotten.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from gamestate.modules.combat.dto import (
    HERO,
    CombatSessionDTO,
    Fighter,
    HeroDTO,
    LogEntry,
)
from gamestate.modules.combat.parts import FIGHT, log_part, monster_part, past_part
from gamestate.modules.combat.stream import CountedStream


@frozen
class Change:
    """The session after a turn, the parts of it that changed, appeared or went, and the hit points
    of the character. `backup`: Postgres should have it soon."""

    session: CombatSessionDTO
    touched: tuple[str, ...]
    hero_hp: int
    backup: bool = False


class Draft:
    """Takes the changes of one turn.

    Attributes:
        stream: the fight's randomness.
        round, turn, outcome, expired, left, unseen: as in the session.
        told: the answer to this turn goes to the character's own player.
    """

    def __init__(self, session: CombatSessionDTO, hero: Fighter) -> None:
        self.stream = CountedStream(session.seed, session.drawn)
        self.round = session.round
        self.turn = session.turn
        self.outcome = session.outcome
        self.expired = session.expired
        self.left = session.left
        self.unseen = session.unseen
        self.told = False
        self._before = session
        self._entries: list[LogEntry] = []
        state = session.hero
        character = evolve(hero, conditions=state.conditions, defending=state.defending)
        self._fighters = {HERO: character, **{one.id: one for one in session.monsters}}

    @property
    def over(self) -> bool:
        """Whether the fight has its outcome."""
        return self.outcome is not None

    @property
    def order(self) -> tuple[str, ...]:
        """Everybody's id, by initiative."""
        return self._before.order

    def fighter(self, fighter_id: str) -> Fighter:
        """A participant as it is now."""
        return self._fighters[fighter_id]

    def put(self, fighter: Fighter) -> Fighter:
        """The participant is like this from now on."""
        self._fighters[fighter.id] = fighter
        return fighter

    @property
    def monsters(self) -> tuple[Fighter, ...]:
        """All of them, fallen and fled ones too."""
        return tuple(self._fighters[one.id] for one in self._before.monsters)

    def standing(self, side: str) -> tuple[Fighter, ...]:
        """Those of a side that still fight."""
        return tuple(one for one in self._fighters.values() if one.side == side and one.up)

    def enemies(self, fighter: Fighter) -> tuple[Fighter, ...]:
        """Those of the other side that still fight."""
        return tuple(one for one in self._fighters.values() if one.side != fighter.side and one.up)

    def note(self, actor: str | None, action: str, result: str, **facts: Any) -> None:
        """Add an entry to the log; facts that are None or empty are left out."""
        entry = {
            "n": self._before.log_next + len(self._entries),
            "round": self.round,
            "actor": actor,
            "action": action,
            "result": result,
        }
        told = {name: fact for name, fact in facts.items() if fact not in (None, [], "")}
        self._entries.append({**entry, **told})

    def finish(self, deadline_s: float | None, log_kept: int, *, saved: bool) -> Change:
        """The session with everything in it.

        `log_kept`: how many entries stay in it; one that Postgres does not have stays anyway.
        `saved`: Postgres has all of the session before.
        """
        before = self._before
        hero, monsters = self.fighter(HERO), self.monsters
        log_next = before.log_next + len(self._entries)
        saved_to = before.log_next if saved else before.saved_to
        dropped = max(0, min(log_next - log_kept, saved_to) - before.log_from)
        session = evolve(
            before,
            drawn=self.stream.drawn,
            round=self.round,
            turn=self.turn,
            monsters=monsters,
            hero=HeroDTO(hero.conditions, hero.defending),
            outcome=self.outcome,
            deadline_s=None if self.over else deadline_s,
            expired=self.expired,
            log=(*before.log, *self._entries)[dropped:],
            log_next=log_next,
            told_to=log_next if self.told else before.told_to,
            saved_to=saved_to,
            left=self.left,
            unseen=self.unseen,
            past=() if saved else before.past,
        )
        return Change(session, self._touched(session), hero.hp)

    def _touched(self, after: CombatSessionDTO) -> tuple[str, ...]:
        before = self._before
        pairs = zip(before.monsters, after.monsters, strict=True)
        changed = [number for number, (old, new) in enumerate(pairs, 1) if old is not new]
        gone = range(before.log_from, after.log_from)
        added = range(before.log_next, after.log_next)
        forgotten = [one.session_id for one in before.past] if not after.past else []
        return (
            FIGHT,
            *map(monster_part, changed),
            *map(log_part, (*gone, *added)),
            *map(past_part, forgotten),
        )
