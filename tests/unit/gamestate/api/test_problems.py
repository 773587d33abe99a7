"""The one table from errors to answers."""

from __future__ import annotations

import inspect
from typing import Any
from uuid import uuid4

import orjson
import pytest

from actors import errors as actors
from gamestate import errors as game
from gamestate.api import errors as edge
from gamestate.api import problems
from gamestate.modules.inventory.refusals import WrongSlotError
from persistence import errors as stores

ERRORS: dict[int, list[Exception]] = {
    400: [game.MalformedError("x"), game.InvalidPayloadError("payload.x", "is wrong")],
    401: [edge.UnauthorizedError()],
    404: [game.UnknownCharacterError(1), edge.NoSuchPathError()],
    409: [game.RefusedError("no"), game.NotLoggedInError(1), game.MessageIdReusedError("m")],
    423: [game.QuarantinedError(1, "unreadable")],
    429: [
        actors.MailboxFullError(1, 5),
        stores.BacklogFullError(9),
        edge.TooManyRequestsError(1),
    ],
    500: [actors.ActorCrashedError(1), actors.DeadlockError([1, 2]), ValueError("x")],
    503: [
        stores.ColdStoreUnavailableError("x"),
        stores.FencedOutError(1, 2, "redis"),
        game.ShuttingDownError(),
        game.NotYetInPostgresError(7, "m-1"),
        game.OwnedElsewhereError(1, "b"),
        actors.ActorStoppedError(1, "draining"),
        actors.ActorGaveUpError(1, 6, 60),
        actors.TooManyStartsError(5),
        actors.PortalDiedError("x"),
    ],
    504: [actors.AskTimeoutError(1, 5)],
}
CASES = [(error, status) for status, errors in ERRORS.items() for error in errors]


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda value: type(value).__name__)
def test_the_status_says_what_the_client_does_next(error: Any, status: int) -> None:
    answered, headers, body = problems.response(error)
    assert answered == status
    assert dict(headers)["content-type"] == "application/problem+json"
    problem = orjson.loads(body)
    assert problem["type"] == f"urn:gamestate:problem:{problem['code']}"


@pytest.mark.parametrize(("error", "status"), CASES, ids=lambda value: type(value).__name__)
def test_who_is_to_come_back_is_told_when(error: Any, status: int) -> None:
    _, headers, _ = problems.response(error)
    assert ("retry-after" in dict(headers)) == (status in (429, 503))


@pytest.mark.parametrize("error", list(problems.KINDS), ids=lambda error: error.__name__)
def test_every_429_and_503_has_a_time_to_come_back(error: Any) -> None:
    kind = problems.KINDS[error]
    assert (kind.retry_after_s is not None) == (kind.status in (429, 503))


def test_an_error_that_knows_better_says_when_in_the_header_and_in_the_body() -> None:
    _, headers, body = problems.response(actors.TooManyStartsError(500, retry_after_s=7.2))
    assert dict(headers)["retry-after"] == "8"
    assert orjson.loads(body)["retry_after_s"] == 8


def test_nobody_is_told_to_come_back_at_once() -> None:
    _, headers, _ = problems.response(actors.TooManyStartsError(1, retry_after_s=0.01))
    assert dict(headers)["retry-after"] == "1"


@pytest.mark.parametrize("module", [game, edge, actors, stores], ids=lambda module: module.__name__)
def test_every_error_that_can_reach_a_client_has_a_row(module: Any) -> None:
    never = {"ConfigurationError", "ContentError", "EmbeddedServerError", "BadRecordError"}
    bases = {"GameStateError", "EdgeError", "ActorError", "DeliveryError", "PersistenceError"}
    for name, cls in inspect.getmembers(module, inspect.isclass):
        if cls.__module__ == module.__name__ and name not in never | bases:
            assert any(base in problems.KINDS for base in cls.__mro__), name


def test_a_subclass_keeps_its_own_code_under_the_status_of_its_family() -> None:
    problem = problems.problem(game.NotLoggedInError(7))
    assert (problem["code"], problem["status"], problem["char_id"]) == ("not_logged_in", 409, 7)


def test_an_unexpected_error_says_nothing_about_the_inside() -> None:
    problem = problems.problem(KeyError("postgresql://u:secret@h"))
    assert problem["code"] == "internal"
    assert "secret" not in str(problem)


def test_a_list_in_the_text_of_a_refusal_has_no_brackets() -> None:
    problem = problems.problem(WrongSlotError("head", ["main_hand", "off_hand"]))
    assert problem["detail"] == "'head' is not one of these slots: main_hand, off_hand"
    assert problem["allowed"] == ["main_hand", "off_hand"]


def test_facts_that_json_does_not_know_are_written_as_text() -> None:
    fact = object()
    _, _, body = problems.response(game.RefusedError("no", what=fact, id=uuid4()))
    assert orjson.loads(body)["what"] == str(fact)
