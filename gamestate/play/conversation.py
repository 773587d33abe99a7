"""The loop of the terminal client: read a line, parse it, carry it out, show the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from rich.console import Console

from gamestate.client import Client, RequestRefusedError
from gamestate.play.completion import Completion
from gamestate.play.content import Content
from gamestate.play.fights import Fights
from gamestate.play.help import about, overview
from gamestate.play.keyboard import Complete, Keyboard
from gamestate.play.link import Link, LostTouchError
from gamestate.play.refusal import refusal
from gamestate.play.scenarios import Scenarios
from gamestate.play.scene import Scene
from gamestate.play.screen import screen
from gamestate.play.sheet import glance, prompt, sheet
from gamestate.play.things import Things
from gamestate.play.verbs import PICK, NotUnderstoodError, Order, parse

NOTICE: Final = "yellow"


class Lines(Protocol):
    """The source of the lines."""

    def line(self, prompt: str) -> str | None:
        """The next line; None when there is no more."""


class Conversation:
    """One character, played by one person until it ends. The character is logged in already."""

    def __init__(self, link: Link, console: Console, scene: Scene, content: Content) -> None:
        self._link = link
        self._console = console
        self._scene = scene
        self._ended = False
        self._things = Things(link, console, content, scene)
        self._fights = Fights(link, console, content, scene)
        self._scenarios = Scenarios(link, console, content, scene)
        self._verbs: Mapping[str, Callable[[str], None]] = {
            **self._things.verbs,
            **self._fights.verbs,
            **self._scenarios.verbs,
            "use": self._use,
            PICK: self._pick,
            "look": self._look,
            "me": self._me,
            "go": self._go,
            "rest": self._rest,
            "again": self._again,
            "help": self._help,
            "logout": self._log_out,
            "quit": self._quit,
        }

    def run(self, lines: Lines) -> None:
        """Until it ends, or there are no more lines."""
        self._carry_out(Order("look"))
        if not self._scene.fighting:
            self._attempt(self._fights.catch_up)
        while not self._ended:
            line = lines.line(prompt(self._scene.character))
            if line is None:
                break
            self._handle_line(line)
        name = self._scene.character["bio"]["name"]
        self._console.print(f"Farewell, {name}. Nothing that was answered is lost.")

    # ------------------------------------------------------------------ one line

    def _handle_line(self, line: str) -> None:
        try:
            order = parse(line)
        except NotUnderstoodError as error:
            self._notice(str(error))
        else:
            if order is not None:
                self._carry_out(order)

    def _carry_out(self, order: Order) -> None:
        """Carry out an order; show what went wrong."""
        self._attempt(lambda: self._do(order))

    def _attempt(self, what: Callable[[], None]) -> None:
        """Call it; show any error as a line, and go on."""
        try:
            what()
        except RequestRefusedError as error:
            self._notice(refusal(error))
        except LostTouchError as error:
            self._gave_up(f"The server does not answer ({error}).")
        except KeyboardInterrupt:
            self._gave_up("Stopped waiting.")

    def _gave_up(self, line: str) -> None:
        more = " It may have happened, or not: `again` asks once more."
        self._notice(line + (more if self._link.unanswered else ""))

    def _do(self, order: Order) -> None:
        try:
            self._verbs[order.verb](order.rest)
        except NotUnderstoodError as error:
            self._notice(str(error))
            return
        except RequestRefusedError as error:  # perhaps because things are not as they seemed
            self._notice(refusal(error))
        if not self._ended:
            self._follow()

    def _follow(self) -> None:
        """Show what followed for the character: a choice may have begun a fight, and after a fight
        its scenario goes on."""
        fought, self._scene.character = self._scene.fighting, self._link.character()
        if fought and not self._scene.fighting and not self._end_is_shown():
            self._fights.catch_up()
        if self._scene.fighting and not self._fight_is_shown():
            self._console.print()
            self._fights.look()
        elif fought and not self._scene.fighting and self._scene.in_scenario:
            self._console.print()
            self._scenarios.look()

    def _fight_is_shown(self) -> bool:
        fight, sessions = self._scene.fight, self._scene.character["sessions"]
        return fight is not None and fight["session_id"] == sessions["combat"]

    def _end_is_shown(self) -> bool:
        fight = self._scene.fight
        return fight is not None and bool(fight["over"])

    # ------------------------------------------------------------------ verbs

    def _look(self, rest: str) -> None:
        character = self._scene.character = self._link.character()
        self._console.print(glance(character))
        in_scenario = character["sessions"]["scenario"] is not None
        if self._scene.fighting:
            if in_scenario:
                self._scenarios.remember()
            self._fights.look()
        elif in_scenario:
            self._console.print()
            self._scenarios.look()

    def _me(self, rest: str) -> None:
        inventory = self._scene.inventory = self._link.inventory()
        self._console.print(sheet(self._link.character(), inventory["derived"]))

    def _go(self, rest: str) -> None:
        if not rest:
            raise NotUnderstoodError("Go where? Any place that has a name.")
        location = self._link.send("core.move", location=rest)["location"]
        self._console.print(f"You leave {location['prev']} for {rest}.")

    def _rest(self, rest: str) -> None:
        character = self._link.character()
        if character["state"] == "combat":
            raise NotUnderstoodError("There is no rest in a fight.")
        vitals = character["vitals"].items()
        missing = {name: one["max"] - one["cur"] for name, one in vitals if one["cur"] < one["max"]}
        if missing:
            self._link.send("core.adjust_vitals", **missing)
        self._console.print("You rest until you are well." if missing else "You are well already.")

    def _use(self, rest: str) -> None:
        if self._scene.fighting:
            self._fights.use(self._things.item_id(rest))
        else:
            self._things.use(rest)

    def _pick(self, rest: str) -> None:
        if self._scene.fighting:
            self._fights.attack(rest)
        else:
            self._scenarios.choose(rest)

    def _again(self, rest: str) -> None:
        answered = self._link.again()
        if answered is None:
            raise NotUnderstoodError("Everything was answered.")
        type_, reply = answered
        self._shown(type_, reply)

    def _shown(self, type_: str, reply: Mapping[str, Any]) -> None:
        if type_.startswith("combat."):
            self._fights.show(reply)
        elif type_.startswith("scenario."):
            self._scenarios.show(reply)
        else:
            self._console.print("It is done.")

    def _help(self, rest: str) -> None:
        self._console.print(about(rest) if rest else overview())

    def _log_out(self, rest: str) -> None:
        self._link.log_out()
        self._ended = True

    def _quit(self, rest: str) -> None:
        self._ended = True

    def _notice(self, line: str) -> None:
        self._console.print(line, style=NOTICE)


def play(client: Client, char_id: int) -> None:
    """Log a character in and play it in this terminal until the player quits.

    Raises: ServerUnreachableError, RequestRefusedError: it can't be logged in.
    """
    console = screen()
    link = Link(client, char_id, lambda line: console.print(line, style=NOTICE))
    scene, content = Scene(link.log_in()), Content(link.content)
    complete: Complete = Completion(content, scene)
    Conversation(link, console, scene, content).run(Keyboard(console, complete))
