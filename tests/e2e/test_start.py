"""A start that cannot succeed: one clear line on stderr, exit code 2, nothing left running."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.modules.pets_package import install
from tests.support.servers.command import gamestate
from tests.support.servers.server import ServerProcess

DEADLINE_S = 60.0


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound.getsockname()[1]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where a server would keep its data."""
    return tmp_path / "data"


def serve(data_dir: Path, *flags: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected to end by itself."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("GAMESTATE_")}
    given = {f"GAMESTATE_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "gamestate", "serve", "--data-dir", str(data_dir), *flags],
        env={**inherited, "GAMESTATE_PORT": "0", **given},
        cwd=data_dir.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def complaints(ended: subprocess.CompletedProcess[str]) -> list[str]:
    """The last line for the operator; what the log said before is left out."""
    assert ended.returncode == 2, ended
    assert "Traceback" not in ended.stderr + ended.stdout
    logged, _, said = f"\n{ended.stderr}".partition("\ngamestate: ")
    assert said, logged
    return said.splitlines()


def complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line for the operator."""
    [line] = complaints(ended)
    return line


def only_complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr: nothing else had begun."""
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    return complaint(ended)


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "http"}, ("port", "whole number", "GAMESTATE_PORT")),
        ({"backup_interval_s": "-1"}, ("backup_interval_s", "GAMESTATE_BACKUP_INTERVAL_S")),
        ({"redis_url": "http://localhost"}, ("redis_url", "redis://")),
        ({"host": "0.0.0.0"}, ("0.0.0.0", "tokens_file", "GAMESTATE_TOKENS_FILE")),
    ],
)
def test_a_wrong_setting_is_named_with_its_source_before_anything_starts(
    data_dir: Path, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    said = only_complaint(gamestate("serve", data_dir=str(data_dir), **settings))
    assert [word for word in words if word not in said] == []
    assert not data_dir.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[gamestate\n", ("gamestate.toml",)),
        ("[gamestate]\nprot = 1\n", ("prot", "port")),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong_in_it(
    data_dir: Path, text: str, words: tuple[str, ...]
) -> None:
    file = data_dir.parent / "gamestate.toml"
    file.write_text(text)
    said = only_complaint(gamestate("serve", "--config", str(file), data_dir=str(data_dir)))
    assert [word for word in words if word not in said] == []


def test_a_file_that_is_not_there_is_named(data_dir: Path) -> None:
    assert "nowhere.toml" in only_complaint(serve(data_dir, "--config", "nowhere.toml"))


# ------------------------------------------------------------------ what a server needs


def test_a_port_that_is_taken_is_named_and_nothing_is_left_running(
    data_dir: Path, taken_port: int
) -> None:
    said = complaint(serve(data_dir, "--port", str(taken_port)))
    assert f"127.0.0.1 port {taken_port}" in said
    assert "GAMESTATE_PORT" in said
    assert list(data_dir.rglob("*.sock")) == list(data_dir.rglob("*.pid")) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, ("cannot read",)),
        (b"bot:short\n", ("line 1", "16")),
    ],
)
def test_tokens_that_cannot_be_used_are_named_with_their_file(
    data_dir: Path, redis_url: str, postgres_dsn: str, content: bytes | None, words: tuple[str, ...]
) -> None:
    file = data_dir.parent / "tokens"
    if content is not None:
        file.write_bytes(content)
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    said = complaint(serve(data_dir, tokens_file=str(file), **stores))
    assert [word for word in ("tokens_file", str(file), *words) if word not in said] == []


def test_a_data_directory_in_use_is_named(data_dir: Path, server: ServerProcess) -> None:
    assert str(server.data_dir) in complaint(serve(server.data_dir))
    assert server.is_ready()


def test_a_data_directory_that_is_a_file_is_named(data_dir: Path) -> None:
    data_dir.write_text("not a directory")
    assert str(data_dir) in complaint(serve(data_dir))


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"redis_url": "redis://127.0.0.1:1"}, "redis"),
        ({"postgres_dsn": "postgresql://127.0.0.1:1/none?password=secret-word"}, "postgres"),
    ],
)
def test_a_store_that_does_not_answer_is_named(
    data_dir: Path, redis_url: str, postgres_dsn: str, wrong: dict[str, str], word: str
) -> None:
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    said = complaint(serve(data_dir, **{**stores, **wrong}))
    assert word in said.lower()
    assert "secret-word" not in said


def test_a_module_that_does_not_exist_is_named_with_those_that_do(
    data_dir: Path, redis_url: str, postgres_dsn: str
) -> None:
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    said = complaint(serve(data_dir, modules="inventory,alchemy", **stores))
    assert "alchemy" in said
    assert "inventory" in said


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            ("pyproject.toml", '"pets.module:PetsModule"', '"pets.kennel:PetsModule"'),
            ("pets.kennel:PetsModule", "No module named 'pets.kennel'"),
        ),
        (
            ("pets/engine.py", "from attrs import evolve", "from attrs import evolution"),
            ("cannot import name 'evolution'", "pets/engine.py:5"),
        ),
        (("pets/module.py", 'name = "pets"', 'name = "dogs"'), ("the same name", "'dogs'")),
    ],
)
def test_a_broken_package_of_a_module_is_named_with_what_is_wrong_in_it(
    data_dir: Path,
    redis_url: str,
    postgres_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    edit: tuple[str, str, str],
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(install(data_dir.parent / "broken", edit)))
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    said = complaint(serve(data_dir, modules="inventory,pets", **stores))
    assert [word for word in ("modules:", "'pets'", *words) if word not in said] == []


def test_a_wrong_setting_of_another_packages_module_is_named(
    data_dir: Path,
    redis_url: str,
    postgres_dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    pets_installed: Path,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(pets_installed))
    file = data_dir.parent / "gamestate.toml"
    file.write_text("[gamestate.module_settings.pets]\nmax_pets = 0\n")
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    said = complaint(serve(data_dir, "--config", str(file), modules="inventory,pets", **stores))
    assert said == "module_settings.pets.max_pets: 0 is not between 1 and 100"


def test_a_catalogue_that_cannot_be_read_is_named_with_file_and_entry(
    data_dir: Path, redis_url: str, postgres_dsn: str
) -> None:
    content = data_dir.parent / "content"
    content.mkdir()
    (content / "items.json").write_text('{"broken-sword": {"name": 5}}')
    stores = {"redis_url": redis_url, "postgres_dsn": postgres_dsn}
    heading, *entries = complaints(serve(data_dir, content_dir=str(content), **stores))
    assert str(content) in heading
    assert entries
    assert all("items.json: broken-sword: " in entry for entry in entries)
