"""`gamestate …` in this process, which has imported everything already: a process of its own takes
a second to start."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from subprocess import CompletedProcess

import pytest

from gamestate.cli.main import main


def gamestate(*arguments: str, **settings: str) -> CompletedProcess[str]:
    """Run the command to its end. `settings`: of the environment, as `data_dir="…"`."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("GAMESTATE_")]:
            patch.delenv(name)
        for name, value in settings.items():
            patch.setenv(f"GAMESTATE_{name.upper()}", value)
        patch.setattr(sys, "argv", ["gamestate", *arguments])
        patch.setattr(sys, "stdin", StringIO())
        code = _exit_code()
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def complaint(ended: CompletedProcess[str]) -> str:
    """What a user who made a mistake gets: one line."""
    assert (ended.returncode, ended.stdout) == (2, "")
    [line] = ended.stderr.splitlines()
    return line.removeprefix("gamestate: ")


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0
