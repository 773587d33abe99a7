"""The changes of one turn to a fight, and the parts of the session they touch."""

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
    """The session after a turn, the parts that changed, were added or removed, and the character's
    hit points. `backup`: write it to Postgres soon."""

    session: CombatSessionDTO
    touched: tuple[str, ...]
    hero_hp: int
    backup: bool = False


class Draft:
    """Takes the changes of one turn.

    Attributes:
        stream: the fight's randomness.
        round, turn, outcome, expired, left, unseen: as in the session.
        in_reply: the player gets the log of this turn in a reply.
    """

    def __init__(self, session: CombatSessionDTO, hero: Fighter) -> None:
        self.stream = CountedStream(session.seed, session.drawn)
        self.round = session.round
        self.turn = session.turn
        self.outcome = session.outcome
        self.expired = session.expired
        self.left = session.left
        self.unseen = session.unseen
        self.in_reply = False
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
        """The participants' ids, by initiative."""
        return self._before.order

    def fighter(self, fighter_id: str) -> Fighter:
        """A participant as it is now."""
        return self._fighters[fighter_id]

    def put(self, fighter: Fighter) -> Fighter:
        """Replace a participant."""
        self._fighters[fighter.id] = fighter
        return fighter

    @property
    def monsters(self) -> tuple[Fighter, ...]:
        """All monsters, fallen and fled ones too."""
        return tuple(self._fighters[one.id] for one in self._before.monsters)

    def standing(self, side: str) -> tuple[Fighter, ...]:
        """The fighters of a side that are up."""
        return tuple(one for one in self._fighters.values() if one.side == side and one.up)

    def enemies(self, fighter: Fighter) -> tuple[Fighter, ...]:
        """The fighters of the other side that are up."""
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
        given = {name: fact for name, fact in facts.items() if fact not in (None, [], "")}
        self._entries.append({**entry, **given})

    def finish(self, deadline_s: float | None, log_kept: int, *, saved: bool) -> Change:
        """The session after all changes.

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
            told_to=log_next if self.in_reply else before.told_to,
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
        dropped = range(before.log_from, after.log_from)
        added = range(before.log_next, after.log_next)
        forgotten = [one.session_id for one in before.past] if not after.past else []
        return (
            FIGHT,
            *map(monster_part, changed),
            *map(log_part, (*dropped, *added)),
            *map(past_part, forgotten),
        )
