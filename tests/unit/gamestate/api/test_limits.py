"""What is over the limits is refused, and the server goes on."""

from __future__ import annotations

from collections.abc import Callable

from gamestate.api.limits import Limits
from tests.unit.gamestate.api.running import Edge

SEND = "/v1/characters/42/messages"
HEAD = b"POST /v1/characters/42/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
MOVE = b'{"type": "core.move"}'


def chunked(*chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body


def test_a_body_that_says_it_is_too_large_is_refused_unread(serve: Callable[..., Edge]) -> None:
    edge = serve(Limits(max_body_bytes=100))
    answer = edge.raw(HEAD + b"Content-Length: 101\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"max_bytes":100' in answer


def test_a_chunked_body_is_refused_once_it_is_too_large(serve: Callable[..., Edge]) -> None:
    edge = serve(Limits(max_body_bytes=100))
    with edge.connect() as connection:
        connection.sendall(chunked(b"x" * 60, b"x" * 60))
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_a_chunked_body_is_read_like_any_other(edge: Edge) -> None:
    assert edge.raw(chunked(MOVE[:5], MOVE[5:], b"")).startswith(b"HTTP/1.1 200 ")


def test_a_body_of_exactly_the_limit_is_taken(serve: Callable[..., Edge]) -> None:
    edge = serve(Limits(max_body_bytes=len(MOVE)))
    assert edge.ask("POST", SEND, MOVE).status == 200


def test_a_body_that_does_not_come_is_a_timeout_and_frees_the_connection(
    serve: Callable[..., Edge],
) -> None:
    edge = serve(Limits(body_timeout_s=0.05))
    for head in (HEAD + b"Content-Length: 50\r\n\r\n{", chunked(b"{")):
        with edge.connect() as connection:
            connection.sendall(head)
            assert connection.recv(12) == b"HTTP/1.1 408"
    assert edge.ask("POST", SEND, MOVE).status == 200


def test_a_client_that_leaves_in_the_middle_of_its_body_changes_nothing(edge: Edge) -> None:
    edge.leave(HEAD + b"Content-Length: 50\r\n\r\n" + MOVE)
    edge.leave(chunked(MOVE[:-1]))
    assert edge.game.handled == []
    assert edge.log.getvalue() == ""
    assert edge.ask("POST", SEND, MOVE).status == 200


def test_requests_over_the_bound_are_told_to_come_back(serve: Callable[..., Edge]) -> None:
    edge = serve(Limits(max_in_flight=2))
    edge.hold()
    held = [edge.connect() for _ in range(2)]
    for connection in held:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(MOVE) + MOVE)
        assert edge.game.waiting.acquire(timeout=5)
    answer = edge.ask("POST", SEND, MOVE)
    assert (answer.status, answer.code) == (429, "too_many_requests")
    assert answer.headers["retry-after"] == "1"
    assert edge.ask("GET", "/health/live").status == 200
    edge.release()
    for connection in held:
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.close()
    assert edge.ask("POST", SEND, MOVE).status == 200
