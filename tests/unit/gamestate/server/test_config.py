"""Settings: file, environment, flags; and mistakes said plainly."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from gamestate.api.auth import is_loopback
from gamestate.errors import ConfigurationError
from gamestate.server.config import Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("GAMESTATE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], int]:
    return (tmp_path / "gamestate.toml").write_text


def test_without_anything_the_defaults_hold() -> None:
    assert load_settings({}) == Settings()


def test_flags_override_the_environment_which_overrides_the_file(
    write: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("[gamestate]\nport = 1\nmailbox_capacity = 1\nmax_restarts = 1\n")
    monkeypatch.setenv("GAMESTATE_PORT", "2")
    monkeypatch.setenv("GAMESTATE_MAILBOX_CAPACITY", "2")
    made = load_settings({"port": 3, "host": None})
    assert (made.port, made.mailbox_capacity, made.max_restarts) == (3, 2, 1)


@pytest.mark.parametrize("field", [field.name for field in attrs.fields(Settings)])
def test_every_setting_can_be_named_in_the_environment(
    field: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"GAMESTATE_{field.upper()}", "\N{SNOWMAN}")
    if field in ("data_dir", "content_dir", "tokens_file"):
        assert getattr(load_settings({}), field) == Path("\N{SNOWMAN}")
    else:
        with pytest.raises(ConfigurationError, match=f"^{field} "):
            load_settings({})


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMESTATE_REDIS_URL", "")
    assert load_settings({}).redis_url is None


def test_modules_have_tables_of_their_own(write: Callable[[str], int]) -> None:
    write('[gamestate]\nmodules = ["inventory", "combat"]\n'
          "[gamestate.module_settings.inventory]\nslots = 5\n")  # fmt: skip
    made = load_settings({})
    assert made.modules == ("inventory", "combat")
    assert made.module_settings["inventory"]["slots"] == 5


def test_a_list_in_the_environment_is_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMESTATE_MODULES", "inventory,combat")
    assert load_settings({}).modules == ("inventory", "combat")


def test_a_path_in_a_file_is_relative_to_the_file(tmp_path: Path) -> None:
    file = tmp_path / "etc" / "server.toml"
    file.parent.mkdir()
    file.write_text('[gamestate]\ndata_dir = "data"\ntokens_file = "/abs"\n')
    made = load_settings({}, file)
    assert (made.data_dir, made.tokens_file) == (tmp_path / "etc" / "data", Path("/abs"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[gamestate]\nprot = 1\n", "prot; known are host, port"),
        ("[gamestat]\nport = 1\n", "gamestat stands outside of"),
        ("port = 1\n", "port stands outside of"),
        ("gamestate = 1\n", "not a table"),
        ("[[[", "gamestate.toml: .*line 1"),
        ("[gamestate]\nport = true\n", "port must be a whole number .from gamestate.toml"),
        ("[gamestate]\nport = 80.5\n", "port must be a whole number"),
        ("[gamestate]\nhost = 5\n", "host must be a string"),
        ("[gamestate.module_settings]\nx = 1\n", "module_settings must be a table of tables"),
    ],
)
def test_a_mistake_in_the_file_is_named(
    write: Callable[[str], int], content: Any, said: str
) -> None:
    write(content)
    with pytest.raises(ConfigurationError, match=said):
        load_settings({})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "port must be a whole number .from GAMESTATE_PORT"),
        ("PORT", "65536", "port must be between 0 and 65,535, not 65536 .from GAMESTATE_PORT"),
        ("BACKUP_INTERVAL_S", "nan", "backup_interval_s must be between"),
        ("LOG_FORMAT", "xml", "log_format must be one of console, json"),
        ("REDIS_URL", "http://h", "redis_url must be a URL that starts with redis://"),
        ("MODULES", "a,a", "modules must be different names"),
        ("HOST", "0.0.0.0", "set tokens_file"),
        ("HOST", "game.example", "set tokens_file"),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"GAMESTATE_{name}", value)
    with pytest.raises(ConfigurationError, match=said):
        load_settings({})


def test_a_file_that_was_asked_for_must_be_there() -> None:
    with pytest.raises(ConfigurationError, match=r"there is no file nope\.toml"):
        load_settings({}, Path("nope.toml"))


def test_with_tokens_the_server_may_listen_to_all() -> None:
    assert load_settings({"host": "0.0.0.0", "tokens_file": "tokens"}).host == "0.0.0.0"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.evil", False)],
)  # fmt: skip
def test_loopback_is_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_passwords_are_not_printed() -> None:
    made = Settings(
        redis_url="redis://:s3cr@t@cache:6379/0",
        postgres_dsn="postgresql://app:s3cr@t@db/game?password=s3cret&ssl=on",
    )
    assert "s3cr" not in repr(made)
    assert "cache:6379" in repr(made)
    assert "db/game" in repr(made)


def test_a_wrong_url_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMESTATE_POSTGRES_DSN", "mysql://app:s3cret@db")
    with pytest.raises(ConfigurationError) as refused:
        load_settings({})
    assert "s3cret" not in str(refused.value)
