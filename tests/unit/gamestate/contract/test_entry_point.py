"""A package that registers an entry point and is broken: reported in one line that says where."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from gamestate.contract.entry_point import make_module
from gamestate.contract.module import SessionModule
from gamestate.contract.settings import ModuleSettings
from gamestate.contract.turn import Route, Transition
from gamestate.errors import ConfigurationError
from gamestate.modules.combat import extensions
from tests.support.modules.probe import ProbeModule

GROUP = "gamestate.modules"
HERE = __name__


def probe(given: object) -> ProbeModule:
    """What a package registers."""
    return ProbeModule()


class Half(SessionModule):
    """Has a name and a hook, and nothing else."""

    name = "half"

    def __init__(self, given: object) -> None:
        pass

    def wakes_at(self, session: Any) -> float | None:
        return 0.0


class Nameless(SessionModule):
    """Has nothing at all."""


@frozen
class Diary:
    """A session that JSON can't hold."""

    written: tuple[datetime, ...]


class Bare:
    """A command whose author forgot the decorator."""

    page: int


@frozen
class Tag:
    """A command of a type that JSON does not have."""

    words: set[str]


class Wrong(ProbeModule):
    """Has a handler where a route belongs, and commands that nothing can be read as."""

    name = "wrong"
    session = Diary

    def __init__(self, given: object) -> None:
        super().__init__()
        self.routes = {
            "read": lambda *_: Transition(),  # type: ignore[dict-item]
            "turn_page": Route(Bare, lambda *_: Transition()),
            "tag": Route(Tag, lambda *_: Transition()),
        }


def crashes(given: Any) -> ProbeModule:
    """Has a bug."""
    return ProbeModule(keeps=given["no such key"])


def refuses(given: object) -> ProbeModule:
    """Says itself what is wrong."""
    raise ConfigurationError("module_settings.refuses: the moon must be full")


def complaint(name: str, target: str, given: object = None) -> str:
    with pytest.raises(ConfigurationError) as refused:
        make_module(EntryPoint(name, target, GROUP), given or {})
    said = str(refused.value)
    assert "\n" not in said
    return said


def test_a_module_is_made_by_what_its_package_registered() -> None:
    made = make_module(EntryPoint("probe", f"{HERE}:probe", GROUP), {})
    assert isinstance(made, ProbeModule)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("no_such_package.module:make", "ModuleNotFoundError: No module named 'no_such_package'"),
        (f"{HERE}:no_such_function", "has no attribute 'no_such_function'"),
        (f"{HERE}:GROUP", "TypeError: 'str' object is not callable"),
    ],
)
def test_a_target_that_is_not_there_is_told_with_its_name(target: str, words: str) -> None:
    said = complaint("probe", target)
    assert said.startswith(f"modules: 'probe' ({target}) can't be loaded: ")
    assert words in said


def test_a_bug_of_the_package_is_told_with_file_and_line() -> None:
    said = complaint("probe", f"{HERE}:crashes")
    assert "KeyError: 'no such key'" in said
    assert f"(at {Path(__file__)}:" in said


def test_a_package_that_cannot_be_imported_is_told_with_the_line_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_written.py").write_text("x = 1\nimport nothing_of_the_sort\n")
    monkeypatch.syspath_prepend(tmp_path)
    said = complaint("probe", "half_written:make")
    assert f"(at {tmp_path / 'half_written.py'}:2)" in said


def test_what_the_package_says_of_its_settings_is_said_as_it_is() -> None:
    said = complaint("refuses", f"{HERE}:refuses")
    assert said == "module_settings.refuses: the moon must be full"


def test_an_incomplete_session_module_is_refused_with_all_that_it_lacks() -> None:
    said = complaint("half", f"{HERE}:Half")
    assert "makes no session module: it lacks " in said
    assert "routes, session (or its own restore_session, save_session, " in said
    assert "an internal route 'wake' for its wakes_at" in said
    assert "name," not in said


def test_a_route_that_is_none_is_refused_with_its_command() -> None:
    assert "a Route for read, " in complaint("wrong", f"{HERE}:Wrong")


def test_a_command_that_nothing_can_be_read_as_is_refused() -> None:
    said = complaint("wrong", f"{HERE}:Wrong")
    assert f"an attrs class as the command turn_page, in place of {Bare}" in said
    assert "a JSON type in place of set[str] in its command tag (see" in said


def test_a_module_without_a_name_is_refused() -> None:
    assert "it lacks name, routes, " in complaint("nameless", f"{HERE}:Nameless", ModuleSettings())


def test_a_session_that_could_not_be_read_again_is_refused_with_its_type() -> None:
    said = complaint("wrong", f"{HERE}:Wrong")
    assert "it lacks a JSON type in place of <class 'datetime.datetime'> in its session" in said


def test_what_is_no_session_module_at_all_is_refused() -> None:
    assert "it lacks the base class SessionModule" in complaint("str", "builtins:str")


def test_a_module_must_be_called_what_it_is_registered_as() -> None:
    said = complaint("animals", f"{HERE}:probe")
    assert "'animals'" in said
    assert "'probe'" in said


@pytest.mark.parametrize("name", ["core", "exploration"])
def test_a_module_may_not_have_a_name_that_the_server_needs(name: str) -> None:
    assert "needs itself" in complaint(name, f"{HERE}:probe")


def test_a_policy_of_another_package_is_told_like_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    registered = [EntryPoint("chess", "no_such_package:make", extensions.POLICIES)]
    monkeypatch.setattr(extensions, "entry_points", lambda group: registered)
    with pytest.raises(
        ConfigurationError, match=r"^module_settings\.combat: policy: 'chess' .*load"
    ):
        extensions.policy_named("chess")
