"""The package `pets` as `pip install` leaves it behind, and the game with it in this process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
import trio

from tests.support.game import World

PROJECT: Final = Path(__file__).parents[1] / "pets"
PIP: Final = "-m pip install --quiet --disable-pip-version-check --no-index --no-deps".split()


def install(directory: Path, *edits: tuple[str, str, str]) -> Path:
    """Install a copy of the project into a folder of `directory`, to be put on a server's
    PYTHONPATH. `edits`: (file, text, what stands there instead)."""
    source, target = directory / "source", directory / "installed"
    shutil.copytree(PROJECT, source, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text, instead in edits:
        file = source / name
        before = file.read_text("utf-8")
        assert text in before, f"{name} has no {text!r}"
        file.write_text(before.replace(text, instead), "utf-8")
    pip_install(source, target)
    return target


def pip_install(source: Path, target: Path) -> None:
    """Install a project into a folder, as an operator would."""
    command = [sys.executable, *PIP, "--no-build-isolation", "--target", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def pets_installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the installed package."""
    return install(tmp_path_factory.mktemp("pets"))


@pytest.fixture
async def pets_world(
    world: World, nursery: trio.Nursery, pets_installed: Path, monkeypatch: pytest.MonkeyPatch
) -> World:
    """Empty stores and no server yet; servers have the inventory and the pets."""
    monkeypatch.syspath_prepend(pets_installed)
    return World(nursery, ("inventory", "pets"))
