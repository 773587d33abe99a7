"""The rules of scenarios, on frozen DTOs: no clock, no randomness, no I/O."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve, frozen

from gamestate.content.scenarios.evaluation import Evaluator
from gamestate.content.scenarios.templates import Fight, Scenario
from gamestate.contract.effects import ENDED
from gamestate.modules.scenario.draft import Draft
from gamestate.modules.scenario.dto import ScenarioSessionDTO
from gamestate.modules.scenario.options import ItemName, Option, options
from gamestate.modules.scenario.protagonist import Protagonist
from gamestate.modules.scenario.refusals import ChoiceUnavailableError, UnknownChoiceError
from gamestate.modules.scenario.scene import Scene


@frozen
class Change:
    """The session after a turn. `fight`: the fight that begins; None if there is none."""

    session: ScenarioSessionDTO
    fight: Fight | None = None


class ScenarioEngine:
    """Plays scenarios. Every method takes a session of the scenario's version and returns the next
    one, or raises the RefusedError of an effect on the protagonist.
    """

    def __init__(self, item_name: ItemName) -> None:
        self._item_name = item_name
        self._evaluator = Evaluator()

    def start(self, scenario: Scenario, hero: Protagonist) -> Change:
        """A new session, at the first node with a choice, a fight, a timer or an end."""
        session = ScenarioSessionDTO(
            scenario=scenario.scenario_id,
            version=scenario.version,
            node=scenario.start,
            text="",
            visits={},
            variables=scenario.variables,
        )
        return self._walk(scenario, session, hero, lambda draft: draft.enter(scenario.start))

    def options(
        self, scenario: Scenario, session: ScenarioSessionDTO, hero: Protagonist
    ) -> tuple[Option, ...]:
        """The choices that are shown now, available or not."""
        if session.over or session.fighting:
            return ()
        scene = Scene(session, hero, self._evaluator)
        choices = scenario.nodes[session.node].choices
        return tuple(options(choices, scene, self._item_name, scenario.names))

    def choose(
        self, scenario: Scenario, session: ScenarioSessionDTO, choice_id: str, hero: Protagonist
    ) -> Change:
        """Take a choice.

        Raises:
            UnknownChoiceError, ChoiceUnavailableError.
            any RefusedError: an effect of the choice was refused.
        """
        option = self._option(self.options(scenario, session, hero), choice_id)
        choice = option.choice

        def take(draft: Draft) -> None:
            draft.do(choice.effects)
            draft.say(choice.told)
            draft.enter(choice.to)

        return self._walk(scenario, session, hero, take)

    def fight_ended(
        self, scenario: Scenario, session: ScenarioSessionDTO, outcome: str, hero: Protagonist
    ) -> Change:
        """Go on from a fight; an outcome that the scenario does not know counts as ended."""
        fight = scenario.nodes[session.node].fight
        decided = fought(session, outcome)
        if fight is None:
            return decided
        to = fight.outcomes.get(outcome) or fight.outcomes[ENDED]
        return self._walk(scenario, decided.session, hero, lambda draft: draft.enter(to))

    def time_up(self, scenario: Scenario, session: ScenarioSessionDTO, hero: Protagonist) -> Change:
        """Go on from a node whose timer ran out."""
        timer = scenario.nodes[session.node].timer
        if timer is None:
            return Change(evolve(session, deadline_s=None))
        return self._walk(scenario, session, hero, lambda draft: draft.enter(timer.to))

    def _walk(
        self,
        scenario: Scenario,
        session: ScenarioSessionDTO,
        hero: Protagonist,
        steps: Callable[[Draft], None],
    ) -> Change:
        draft = Draft(scenario, session, hero, self._evaluator)
        steps(draft)
        return Change(draft.finish(), draft.fight)

    def _option(self, shown: tuple[Option, ...], choice_id: str) -> Option:
        for option in shown:
            if option.choice.id == choice_id:
                if not option.available:
                    raise ChoiceUnavailableError(choice_id, option.why)
                return option
        raise UnknownChoiceError(choice_id, [one.choice.id for one in shown if one.available])


def fought(session: ScenarioSessionDTO, outcome: str) -> Change:
    """The session with the outcome of its fight; it did not leave the node yet."""
    return Change(evolve(session, outcome=outcome, fighting=False))


def abandoned(session: ScenarioSessionDTO) -> Change:
    """The session, ended where it is."""
    return Change(evolve(session, over=True, fighting=False, deadline_s=None))


def is_late(session: ScenarioSessionDTO, now_s: float) -> bool:
    """Whether the timer of the node ran out."""
    return session.deadline_s is not None and session.deadline_s <= now_s
