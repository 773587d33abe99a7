"""The terminal client against a real server: from a pipe, and in a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from attrs import define

from tests.support.servers.server import MakeServer, ServerProcess
from tests.support.servers.waiting import wait_until

DEADLINE_S = 30.0
PROMPT = re.compile(r"^(Mira \d+/\d+(?: \[\w+\])? > )", re.MULTILINE)


def environment(**more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GAMESTATE_")}
    return {**inherited, "COLUMNS": "80", "TERM": "xterm-256color", **more}


def command(server: ServerProcess, char_id: int) -> Sequence[str]:
    return (sys.executable, "-m", "gamestate", "play", str(char_id), "--url", server.url)


def piped(
    server: ServerProcess, char_id: int, *lines: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Play these lines from a pipe."""
    return subprocess.run(
        command(server, char_id),
        input="\n".join(lines),
        env=environment(**more),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=False,
    )


def played(server: ServerProcess, char_id: int, *lines: str, **more: str) -> str:
    """What is shown to someone who types these lines. It ends politely, and without a complaint."""
    ended = piped(server, char_id, *lines, **more)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.rstrip().splitlines()[-1].startswith("Farewell, Mira")
    return ended.stdout


def answer(shown: str, line: str) -> str:
    """What was answered to a line."""
    pattern = rf" > {re.escape(line)}\n(.*?)(?=^Mira \d|^Farewell|\Z)"
    found = re.search(pattern, shown, re.DOTALL | re.MULTILINE)
    assert found is not None, shown
    return found[1]


@define
class Terminal:
    """Someone at a terminal: what is shown, and what is typed."""

    process: subprocess.Popen[bytes]
    descriptor: int
    shown: str = ""

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self.descriptor, text.encode())

    def rest(self) -> None:
        """Until the client waits for a key.

        A control key pressed just before that may be lost, in a gap between terminal and
        interpreter that is too small for fingers.
        """
        give_up = time.monotonic() + DEADLINE_S
        while psutil.Process(self.process.pid).status() != psutil.STATUS_SLEEPING:
            assert time.monotonic() < give_up, f"it does not rest:\n{self.shown}"

    def wait_for(self, text: str, times: int = 1) -> str:
        """Everything shown, once it has the text so many times."""
        give_up = time.monotonic() + DEADLINE_S
        while self.shown.count(text) < times:
            assert time.monotonic() < give_up, f"{text!r} was not shown:\n{self.shown}"
            self._read()
        return self.shown

    def end(self) -> int:
        """Read to the end; the exit code."""
        give_up = time.monotonic() + DEADLINE_S
        while self._read():
            assert time.monotonic() < give_up, f"it does not end:\n{self.shown}"
        return self.process.wait(DEADLINE_S)

    def _read(self) -> bool:
        """Read what there is; False when there will be no more."""
        if not select.select([self.descriptor], [], [], 0.5)[0]:
            return True
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # the other end is closed
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


def _take_terminal() -> None:
    """In the child: the terminal is its own, and Ctrl-C ends it, though the tests may run in the
    background, where it is ignored."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def terminal(server: ServerProcess, char_id: int) -> Iterator[Terminal]:
    """The client in a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(server, char_id),
        env=environment(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def hp(server: ServerProcess, char_id: int) -> Any:
    return server.request("GET", f"/v1/characters/{char_id}").body["vitals"]["hp"]["cur"]


# ------------------------------------------------------------------ what one can do


def test_a_character_is_logged_in_and_seen(server: ServerProcess) -> None:
    char_id = server.create(location="old mill")
    shown = played(server, char_id, "me", "go Saltwick", "look")
    assert shown.startswith("Mira, at old mill, looking around\n hp ")
    assert "strength 10" in answer(shown, "me")
    assert "You leave old mill for Saltwick." in answer(shown, "go Saltwick")
    assert "Mira, at Saltwick" in answer(shown, "look")


def test_things_are_carried_worn_used_and_dropped(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.adjust_vitals", {"hp": -40})
    shown = played(
        server, char_id, "grant longsword", "grant 3 potions of healing", "equip long", "i",
        "x potion", "drink potion", "drop 1 potion", "unequip main hand", "i potion",
    )  # fmt: skip
    assert "Longsword: main hand." in answer(shown, "equip long")
    assert " main hand  Longsword" in answer(shown, "i")
    assert "Potion of Healing x3" in answer(shown, "i")
    assert "restores 2d4+2" in answer(shown, "x potion")
    assert re.search(r"You use Potion of Healing: \+\d+ hp. 2 left.", answer(shown, "drink potion"))
    assert "You drop Potion of Healing." in answer(shown, "drop 1 potion")
    assert "You take off Longsword." in answer(shown, "unequip main hand")
    assert "Longsword" not in answer(shown, "i potion")
    assert hp(server, char_id) > 60


def test_a_fight_is_fought_to_its_end(server: ServerProcess, char_id: int) -> None:
    shown = played(
        server, char_id, "grant greataxe", "equip greataxe", "fight 2 rats", *["attack"] * 60
    )
    assert "You face Rat 1 and Rat 2." in answer(shown, "fight 2 rats")
    assert re.search(r"Mira \d+/100 \[fight\] > attack", shown)
    assert re.search(r"^(Victory!|You have been defeated|The fight is over)", shown, re.MULTILINE)
    assert "You are in no fight." in shown
    assert server.request("GET", f"/v1/characters/{char_id}").body["state"] == "exploration"


def test_a_scenario_is_played_by_numbers(server: ServerProcess, char_id: int) -> None:
    start = played(server, char_id, "scenarios", "start water clock", "abandon yes")
    assert "start water-clock" in answer(start, "scenarios")
    assert re.search(r"^ +1  \w", answer(start, "start water clock"), re.MULTILINE)
    assert "behind" in answer(start, "abandon yes")

    shown = played(server, char_id, "start bell", "99", "5", "1")
    assert "Choose 1 to " in answer(shown, "99")
    assert "The end: walked away." in answer(shown, "5")
    assert "There is nothing to choose." in answer(shown, "1")


def test_who_comes_back_is_told_where_things_stand(server: ServerProcess, char_id: int) -> None:
    played(server, char_id, "start bell", "2")
    shown = played(server, char_id)
    assert "The Drowned Bell" in shown
    assert "Nobody could have reached" in shown


def test_a_scenario_leads_into_a_fight_and_the_fight_back(
    server: ServerProcess, char_id: int
) -> None:
    for choice in ("set-out", "door", "grope", "strike"):
        if choice == "set-out":
            server.send(char_id, "scenario.start", {"scenario": "drowned-bell"})
        answered = server.send(char_id, "scenario.choose", {"choice": choice})
        assert answered.status == 200, answered
    shown = played(server, char_id, *["attack"] * 60)
    assert "in a fight" in shown.splitlines()[0]
    assert "Zombie 2" in shown
    after = shown[re.search(r"^(Victory|You have been defeated)", shown, re.MULTILINE).start() :]  # type: ignore[union-attr]
    assert re.search(r"The Drowned Bell\n\n.*^ +1  \w", after, re.DOTALL | re.MULTILINE)


IMPATIENT = """
[gamestate.module_settings.combat]
turn_deadline_s = 0.1
offline_turns = 2
"""


def test_a_fight_that_ended_while_nobody_played_is_told_once(
    make_server: MakeServer, tmp_path: Path
) -> None:
    config = tmp_path / "impatient.toml"
    config.write_text(IMPATIENT)
    server = make_server(config)
    server.start()
    char_id = server.create()
    server.login(char_id)
    server.send(char_id, "combat.start", {"monsters": [{"monster": "wolf", "count": 1}]})
    wait_until(lambda: state_of(server, char_id) == "exploration")
    seen = server.send(char_id, "combat.view").body["reply"]
    assert (seen["over"], seen["outcome"]) == (True, "fled")
    shown = played(server, char_id)
    reported = shown[shown.index("While you were away:") :].splitlines()
    assert "You were away for too long." in reported
    assert "You are out of the fight." in reported
    assert "While you were away" not in played(server, char_id, "look")
    assert server.send(char_id, "combat.view").body["code"] == "no_fight"


def state_of(server: ServerProcess, char_id: int) -> Any:
    return server.request("GET", f"/v1/characters/{char_id}").body["state"]


# ------------------------------------------------------------------ what goes wrong


def test_a_refusal_is_one_friendly_line(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.adjust_vitals", {"hp": -1000})
    shown = played(
        server, char_id, "fight rat", "attack", "equip hat", "1", "flub", "again",
        "grant 100000000000000000000 torch", "go " + "x" * 200, "rest", "fight purple gnome",
    )  # fmt: skip
    for line in ("fight rat", "attack", "equip hat", "1", "flub", "again", "fight purple gnome"):
        assert len(answer(shown, line).splitlines()) == 1, line
    assert "purple-gnome" in answer(shown, "fight purple gnome")
    assert "Rest first" in answer(shown, "fight rat")
    assert "Traceback" not in shown
    assert hp(server, char_id) == 100


def test_the_server_goes_away_and_comes_back(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    char_id = server.create()
    with terminal(server, char_id) as mira:
        mira.wait_for("Mira 100/100 > ")
        mira.type("grant 2 torches\n")
        mira.wait_for("You get Torch x2")
        server.kill()
        mira.type("grant 3 torches\n")
        mira.wait_for("Waiting for the server")
        server.start()
        mira.wait_for("The server is back.")
        mira.wait_for("You get Torch x3")
        mira.type("quit\n")
        assert mira.end() == 0
    carried = server.request("GET", f"/v1/characters/{char_id}/inventory").body
    assert carried["totals"]["quantity"] == 5


def test_who_stops_waiting_can_ask_again_and_it_happens_once(make_server: MakeServer) -> None:
    server = make_server()
    server.start()
    char_id = server.create()
    with terminal(server, char_id) as mira:
        mira.wait_for("Mira 100/100 > ")
        server.kill()
        mira.type("grant 3 torches\n")
        mira.wait_for("Waiting for the server")
        mira.type("\x03")
        mira.wait_for("Stopped waiting.")
        server.start()
        mira.type("again\n")
        mira.wait_for("It is done.")
        mira.type("again\n")
        mira.wait_for("Everything was answered.")
        mira.type("quit\n")
        assert mira.end() == 0
    carried = server.request("GET", f"/v1/characters/{char_id}/inventory").body
    assert carried["totals"]["quantity"] == 3


@pytest.mark.parametrize("key", ["\x03", "\x04", "quit\n"], ids=["Ctrl-C", "Ctrl-D", "quit"])
def test_it_ends_politely(server: ServerProcess, char_id: int, key: str) -> None:
    with terminal(server, char_id) as mira:
        mira.wait_for("Mira 100/100 > ")
        mira.rest()
        mira.type(key)
        assert mira.end() == 0
        assert "Farewell, Mira." in mira.shown
        assert "Traceback" not in mira.shown
    assert server.request("GET", f"/v1/characters/{char_id}").status == 200


def test_logging_out_ends_it_too(server: ServerProcess, char_id: int) -> None:
    played(server, char_id, "logout")
    assert server.send(char_id, "core.view").body["code"] == "not_logged_in"


# ------------------------------------------------------------------ the terminal


def test_the_tab_key_completes_and_the_arrow_brings_back(
    server: ServerProcess, char_id: int
) -> None:
    with terminal(server, char_id) as mira:
        mira.wait_for("Mira 100/100 > ")
        mira.type("gran\tlongs\t\n")
        mira.wait_for("You get Longsword")
        mira.type("\x1b[A\n")
        mira.wait_for("You get Longsword", times=2)


def test_a_pipe_gets_plain_text_of_80_columns(server: ServerProcess, char_id: int) -> None:
    shown = played(server, char_id, "help", "monsters", "start bell", "fight rat", "i", "me")
    assert "\x1b" not in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_a_terminal_that_knows_only_ascii_is_enough(server: ServerProcess, char_id: int) -> None:
    server.send(char_id, "core.move", {"location": "Zoë's Ærie ☃"})
    shown = played(server, char_id, "help", "monsters", "fight rat", "me", PYTHONIOENCODING="ascii")
    assert shown.isascii()
    assert "Zo?'s ?rie ?" in shown


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense"])
def test_a_server_that_is_not_there_is_one_line(url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "gamestate", "play", "1", "--url", url],
        env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1


def test_a_character_that_does_not_exist_is_one_line(server: ServerProcess) -> None:
    ended = piped(server, 999_999_999)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "gamestate: there is no character 999999999\n"
