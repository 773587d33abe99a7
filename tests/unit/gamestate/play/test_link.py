"""The line to the server breaks and mends; what is sent is sent with the same id."""

import pytest

from gamestate.client import Client, RequestRefusedError, ServerUnreachableError
from gamestate.play.link import LONGEST_PAUSE_S, Link, LostTouchError
from tests.unit.gamestate.play.faltering import DROP, Answer, Faltering, faltering

DONE = Answer(200, {"reply": {"hp": 7}})
LOGGED_IN = Answer(200, {"character": {"char_id": 1}})
BUSY = Answer(503, {"code": "not_ready", "detail": "starting"}, {"retry-after": "1"})
UNKNOWN = Answer(504, {"code": "outcome_unknown", "detail": "no answer in time"})
LOGGED_OUT = Answer(409, {"code": "not_logged_in", "detail": "log in first"})
REFUSED = Answer(409, {"code": "dead", "detail": "the character has no hit points"})


class Heard:
    """A link and what it told, and the pauses it made."""

    def __init__(self, server: Faltering) -> None:
        self.told: list[str] = []
        self.pauses: list[float] = []
        client = Client(server.url)
        self.link = Link(client, 1, self.told.append, self.pauses.append, patience_s=10)


def test_a_message_is_answered() -> None:
    with faltering(DONE) as server:
        heard = Heard(server)
        assert heard.link.send("core.adjust_vitals", hp=-3) == {"hp": 7}
        [(method, path, body)] = server.asked
        assert (method, path) == ("POST", "/v1/characters/1/messages")
        assert (body["type"], body["payload"]) == ("core.adjust_vitals", {"hp": -3})
        assert (heard.told, heard.pauses) == ([], [])


def test_every_message_has_an_id_of_its_own() -> None:
    with faltering(DONE, DONE) as server:
        heard = Heard(server)
        heard.link.send("core.view")
        heard.link.send("core.view")
        assert len(set(server.message_ids)) == 2


@pytest.mark.parametrize("trouble", [DROP, BUSY, UNKNOWN], ids=["dropped", "busy", "unknown"])
def test_what_is_not_answered_is_sent_again_with_the_same_id(trouble: Answer | None) -> None:
    with faltering(trouble, trouble, DONE) as server:
        heard = Heard(server)
        assert heard.link.send("combat.act", action="attack") == {"hp": 7}
        assert len(server.asked) == 3
        assert len(set(server.message_ids)) == 1
        assert server.asked[0] == server.asked[2]
        assert len(heard.told) == 2
        assert heard.told[0].startswith("Waiting for the server")
        assert heard.told[1] == "The server is back."


def test_it_waits_as_long_as_the_server_asks_for_and_longer_each_time() -> None:
    with faltering(BUSY, DROP, DROP, DONE) as server:
        heard = Heard(server)
        heard.link.send("core.view")
        assert heard.pauses[0] == 1
        assert heard.pauses == sorted(heard.pauses)
        assert max(heard.pauses) <= LONGEST_PAUSE_S


def test_a_character_that_was_logged_out_is_logged_in_again() -> None:
    with faltering(LOGGED_OUT, LOGGED_IN, DONE) as server:
        heard = Heard(server)
        assert heard.link.send("core.view") == {"hp": 7}
        assert [path.rsplit("/", 1)[1] for _, path, _ in server.asked] == [
            "messages", "login", "messages",
        ]  # fmt: skip
        assert len(set(server.message_ids)) == 1


def test_a_refusal_is_not_sent_again() -> None:
    with faltering(REFUSED) as server:
        heard = Heard(server)
        with pytest.raises(RequestRefusedError, match="no hit points"):
            heard.link.send("inventory.use", item_id=1)
        assert len(server.asked) == 1
        assert heard.link.again() is None


def test_what_was_given_up_can_be_asked_again_under_the_same_id() -> None:
    drops = [DROP] * 30
    with faltering(*drops) as server:
        heard = Heard(server)
        with pytest.raises(LostTouchError):
            heard.link.send("core.move", location="mill")
        assert sum(heard.pauses) < 10 + LONGEST_PAUSE_S
    with faltering(DONE, url=server.url) as back:
        assert heard.link.again() == ("core.move", {"hp": 7})
        assert back.message_ids == server.message_ids[:1]
        assert heard.link.again() is None


def test_a_look_in_between_does_not_take_its_place() -> None:
    with faltering(*[DROP] * 30) as server:
        heard = Heard(server)
        with pytest.raises(LostTouchError):
            heard.link.send("core.move", location="mill")
    with faltering(DONE, DONE, url=server.url):
        heard.link.see("scenario.view")
        assert heard.link.unanswered
        assert heard.link.again() == ("core.move", {"hp": 7})
        assert not heard.link.unanswered


def test_what_was_interrupted_can_be_asked_again() -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with faltering(DROP, DONE) as server:
        link = Link(Client(server.url), 1, lambda _: None, interrupt)
        with pytest.raises(KeyboardInterrupt):
            link.send("core.move", location="mill")
        assert link.again() == ("core.move", {"hp": 7})
        assert len(set(server.message_ids)) == 1


def test_a_log_in_does_not_wait_for_a_server_that_is_not_there() -> None:
    with faltering(DROP) as server:
        with pytest.raises(ServerUnreachableError):
            Heard(server).link.log_in()
        assert len(server.asked) == 1


def test_another_server_at_the_address_is_told_in_words() -> None:
    page = Answer(200, b"<html>hello</html>")
    with faltering(page) as server, pytest.raises(ServerUnreachableError, match="no gamestate"):
        Heard(server).link.log_in()


@pytest.mark.parametrize("url", ["localhost:8080", "http://", "ftp://x", "http://x:port", "", "/"])
def test_what_is_no_url_of_a_server_is_said_to_be_none(url: str) -> None:
    with pytest.raises(ServerUnreachableError, match="no server at"):
        Client(url)
