"""A tour in under a minute: a server of its own on real stores, a character, hard kills, restores,
a fight and a quest.

Every step says what it checks, and the tour stops with exit code 1 at the first one that does not
hold."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from gamestate.client import Client, RequestRefusedError, ServerUnreachableError
from gamestate.play.fight_log import FightLog

START_DEADLINE_S: Final = 60.0
TEXT_WIDTH: Final = 90
KIT: Final = ("longsword", "shield", "leather-armor")

FOES: Final = ({"monster": "giant-rat", "count": 2},)
SEED: Final = 16
"""The seed of the fight's rolls; with this one both sides hit and miss."""

QUEST: Final = "drowned-bell"
TO_THE_TORCH: Final = ("chapel", "torch")
TO_THE_END: Final = "read back back set-out door light read-names ring".split()


class DemoFailedError(Exception):
    """A promise of the tour did not hold."""


class ThrowAwayServer:
    """`gamestate serve` as a process of its own, on a temporary data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.client = Client(f"http://127.0.0.1:{self._port}")

    def start(self) -> float:
        """Start and wait until it is ready; the seconds it took. Raises: DemoFailedError."""
        started = time.monotonic()
        log = (self._data_dir / "server.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gamestate", "serve"),
                    *("--port", str(self._port), "--data-dir", str(self._data_dir / "data")),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > started + START_DEADLINE_S:
                raise DemoFailedError(f"the server did not start:\n{self._log()}")
            time.sleep(0.05)
        return time.monotonic() - started

    def kill(self) -> None:
        """SIGKILL: no chance to save anything."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM: drain; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(how)
        return self._process.wait(timeout=START_DEADLINE_S)

    def _ready(self) -> bool:
        try:
            self.client.get("/health/ready")
        except (ServerUnreachableError, RequestRefusedError):
            return False
        return True

    def _log(self) -> str:
        return (self._data_dir / "server.log").read_text(errors="replace")[-4000:]


class Tour:
    """The steps, in order. `say` gets what held, `say_more` what there is to read."""

    def __init__(
        self,
        server: ThrowAwayServer,
        say: Callable[[str], None],
        say_more: Callable[[str], None],
    ) -> None:
        self._server = server
        self._client = server.client
        self._say = say
        self._say_more = say_more
        self._char_id = 0
        self._version = 0

    def run(self) -> None:
        """All of it. Raises: DemoFailedError."""
        self._say(f"server ready on real Valkey and Postgres after {self._server.start():.1f} s")
        self._create_and_log_in()
        self._play()
        self._refuse()
        before = self._seen()
        self._kill_and_restore(before)
        self._repeat()
        self._fight()
        self._quest()
        self._log_out_and_in()
        check("a clean stop exits 0", self._server.stop() == 0)
        self._say("stopped by SIGTERM: drained, everything in Postgres, exit code 0")

    def _create_and_log_in(self) -> None:
        made = self._client.post("/v1/characters", {"name": "Mira", "stats": {"strength": 16}})
        self._char_id = made["char_id"]
        login = self._client.post(f"/v1/characters/{self._char_id}/login")
        check("the first login comes from Postgres", login["restored_from"] == "postgres")
        self._say(f"character {self._char_id} created and logged in under epoch {login['epoch']}")

    def _play(self) -> None:
        self._do("core.move", location="old mill")
        self._do("core.adjust_vitals", hp=-17)
        for template_id in KIT:
            granted = self._do("inventory.grant", template_id=template_id, quantity=1)
            self._do("inventory.equip", item_id=granted["items"][0]["item_id"])
        self._do("inventory.grant", template_id="arrows", quantity=40)
        self._say(f"played: every answer was in Redis first, {self._version} versions by now")

    def _refuse(self) -> None:
        try:
            self._do("inventory.equip", item_id=1, slot="head")
        except RequestRefusedError as error:
            code = error.problem["code"]
            check("a rule's refusal is a 409 with a code", error.status == 409)
            self._say(f"refused by a rule, nothing changed: {error} ({code})")
        else:
            raise DemoFailedError("a sword was put on the head")

    def _kill_and_restore(self, before: Mapping[str, Any]) -> None:
        self._server.kill()
        self._say("server killed with SIGKILL; nothing could be saved on the way out")
        took = self._server.start()
        check("no character was logged out", self._seen() == before)
        self._say(f"back after {took:.1f} s: still logged in, every change is there")

    def _repeat(self) -> None:
        first = self._client.message(self._char_id, "core.adjust_vitals", "click-1", hp=-5)
        self._version = first["version"]
        self._kill_and_start()
        again = self._client.message(self._char_id, "core.adjust_vitals", "click-1", hp=-5)
        check("the retry is answered, not applied", again["duplicate"])
        check("with the first reply", again["reply"] == first["reply"])
        self._say("a retried message, after another SIGKILL, was applied once")
        self._do("core.adjust_vitals", hp=5)

    def _fight(self) -> None:
        killed = self._fought(killed_in_round=2)
        self._say("a fight, with a SIGKILL in its second round; it went on where it was:")
        self._say_fight(killed)
        check("the fight ends", killed["outcome"] in ("victory", "defeat"))
        undisturbed = self._fought()
        check("without a kill the transcript is the same", undisturbed["log"] == killed["log"])
        self._say(f"the same fight again without a kill: the same {len(killed['log'])} entries")

    def _fought(self, killed_in_round: int | None = None) -> Mapping[str, Any]:
        """A fight from full hit points to its end; the last view of it, with the whole log."""
        self._do("core.adjust_vitals", hp=1_000)
        fight: Mapping[str, Any] = self._do("combat.start", monsters=FOES, seed=SEED)
        log = list(fight["log"])
        while not fight["over"]:
            if fight["round"] == killed_in_round:
                killed_in_round = None
                self._kill_and_start()
                seen = self._do("combat.view", log_from=fight["log_from"])
                check("the fight is where it was", seen == fight)
            fight = self._do("combat.act", action="attack")
            log += fight["log"]
        check("the fight lasted until the kill", killed_in_round is None)
        return {**fight, "log": log}

    def _say_fight(self, fight: Mapping[str, Any]) -> None:
        log = FightLog(fight)
        for entry in fight["log"]:
            self._say_more(log.sentence(entry).plain)

    def _quest(self) -> None:
        self._do("scenario.start", scenario=QUEST)
        self._choose(TO_THE_TORCH)
        before = self._do("scenario.view")
        self._kill_and_start()
        check("the quest is where it was", self._do("scenario.view") == before)
        check("what it granted was granted once", self._count("torch") == 1)
        end = self._choose(TO_THE_END)
        check("the quest comes to its end", end["over"])
        check("what it took is gone", self._count("torch") == 0)
        coins = self._client.get(f"/v1/characters/{self._char_id}")["stats"]["coins"]
        check("it pays", coins == 200)
        self._say(f"a quest, {end['name']}, with a SIGKILL on the way, to one of its ends:")
        self._say_more(end["text"])

    def _choose(self, choices: Sequence[str]) -> Any:
        """Take these choices; the view after the last one."""
        return [self._do("scenario.choose", choice=choice) for choice in choices][-1]

    def _count(self, template_id: str) -> int:
        backpack = self._inventory()["backpack"]
        return sum(item["quantity"] for item in backpack if item["template_id"] == template_id)

    def _kill_and_start(self) -> None:
        self._server.kill()
        self._server.start()

    def _log_out_and_in(self) -> None:
        before = self._seen()
        out = self._client.post(f"/v1/characters/{self._char_id}/logout")
        check("logout waits for Postgres", out["durability"] == "postgres")
        login = self._client.post(f"/v1/characters/{self._char_id}/login")
        check("the epoch went up", login["epoch"] > before["view"]["epoch"])
        check("the inventory is the same", self._inventory() == before["inventory"])
        self._say(f"logged out into Postgres and in again under epoch {login['epoch']}")

    def _do(self, type_: str, **payload: Any) -> Any:
        receipt = self._client.message(self._char_id, type_, **payload)
        self._version = receipt["version"]
        return receipt["reply"]

    def _seen(self) -> dict[str, Any]:
        """What a client sees, without the epoch, which each restore raises."""
        view = self._client.get(f"/v1/characters/{self._char_id}")
        check("the version is the one acknowledged", view["version"] == self._version)
        return {"view": _WithoutEpoch(view), "inventory": self._inventory()}

    def _inventory(self) -> Any:
        seen = self._client.get(f"/v1/characters/{self._char_id}/inventory")
        return {name: value for name, value in seen.items() if name != "version"}


class _WithoutEpoch(dict[str, Any]):
    """A view that equals another of the same character under another epoch."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and {**self, "epoch": 0} == {**other, "epoch": 0}

    __hash__ = None


def check(promise: str, holds: bool) -> None:
    """Raise DemoFailedError unless a promise holds."""
    if not holds:
        raise DemoFailedError(f"this did not hold: {promise}")


@contextmanager
def throw_away_server() -> Iterator[ThrowAwayServer]:
    """A server on a temporary directory; stopped, with its stores, at the end."""
    with tempfile.TemporaryDirectory(prefix="gamestate-demo-") as directory:
        server = ThrowAwayServer(Path(directory))
        try:
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


def _tick(console: Console, line: str) -> None:
    console.print(f"  [green]✓[/] {escape(line)}")


def _quote(console: Console, text: str) -> None:
    console.print(Padding(Text(text, "dim"), (0, 0, 0, 6)), width=min(console.width, TEXT_WIDTH))


def main() -> int:
    """Run the tour; the exit code."""
    console = Console(highlight=False)
    console.print("[bold]gamestate demo[/]")
    started = time.monotonic()
    try:
        with throw_away_server() as server:
            Tour(server, partial(_tick, console), partial(_quote, console)).run()
    except (DemoFailedError, ServerUnreachableError, RequestRefusedError) as error:
        console.print(f"  [red]✗[/] {escape(str(error))}")
        return 1
    console.print(
        f"[bold]Nothing was lost, nothing was done twice[/] ({time.monotonic() - started:.0f} s)"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
