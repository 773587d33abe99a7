"""The Makefile's targets, and what it says on a machine that lacks something."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

TARGETS = {"run", "install", "test", "demo", "check", "lint", "types", "imports", "soak", "bench"}

Make = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A fresh clone, as far as the set-up reads it, under a path with a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(root / name, folder)
    return folder


@pytest.fixture
def make(checkout: Path, tmp_path: Path) -> Make:
    """Runs make with no program on the PATH but those of `tmp_path/bin`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    found = shutil.which("make")
    assert found is not None

    def run(*arguments: str, path: str = str(programs)) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [found, *arguments],
            cwd=checkout,
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_make_alone_lists_every_target_with_what_it_does(make: Make) -> None:
    listed = make(path=os.environ["PATH"]).stdout
    described = re.findall(r"^  make (\w+) +\S", listed, re.MULTILINE)
    assert set(described) >= TARGETS


def test_without_a_new_enough_python_it_says_what_to_do(make: Make, tmp_path: Path) -> None:
    script(tmp_path / "bin/python3", "exit 1")
    ran = make("install")
    assert ran.returncode != 0
    assert "needs Python 3.11 or newer" in ran.stderr
    assert "make PYTHON=/path/to/python3" in ran.stderr


def test_without_the_venv_module_it_says_what_to_install(make: Make, tmp_path: Path) -> None:
    script(tmp_path / "bin/python3", 'case "$2" in *ensurepip*) exit 1 ;; esac')
    ran = make("install")
    assert ran.returncode != 0
    assert "apt install python3-venv" in ran.stderr


def test_a_finished_set_up_is_not_done_again(make: Make, checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/pip").touch()
    (checkout / ".venv/.server-installed").touch()
    (checkout / ".venv/.installed").touch()
    ran = make("install")
    assert ran.returncode == 0
    assert "Installing" not in ran.stdout
