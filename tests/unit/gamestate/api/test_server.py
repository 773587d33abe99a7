"""Granian, tried hard: start, limits, odd clients, stop."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import threading
from collections.abc import Callable

import pytest

from gamestate.api.server import EdgeServer
from gamestate.errors import ConfigurationError
from tests.unit.gamestate.api.running import Edge, Loop, read_all

SEND = "/v1/characters/42/messages"
MOVE = b'{"type": "core.move"}'
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/characters/42/messages HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (
    len(MOVE),
    MOVE,
)


def test_port_0_takes_a_free_port_and_says_which(edge: Edge) -> None:
    assert edge.server.port > 0
    assert edge.ask("GET", "/health/live").status == 200


def test_a_taken_port_is_a_configuration_error_that_names_it(
    serve: Callable[..., Edge], edge: Edge
) -> None:
    with pytest.raises(ConfigurationError, match=f"port {edge.server.port}: .*in use"):
        serve(port=edge.server.port)


def test_the_port_is_free_again_at_once_and_the_next_server_serves_on_it(
    serve: Callable[..., Edge],
) -> None:
    first = serve()
    with first.connect() as idle:
        idle.sendall(LIVE)
        idle.recv(4096)
        first.stop()
    second = serve(port=first.server.port)
    assert second.ask("GET", "/health/live").status == 200


def test_neither_signal_handlers_nor_processes_nor_log_handlers_are_made(
    serve: Callable[..., Edge],
) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    serve()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert multiprocessing.active_children() == []
    assert logging.getLogger("_granian").handlers == []


def test_what_is_in_flight_is_answered_before_the_server_stops(edge: Edge) -> None:
    edge.hold()
    with edge.connect() as busy, edge.connect() as idle:
        busy.sendall(POST)
        assert edge.game.waiting.acquire(timeout=5)
        stopping = threading.Thread(target=edge.stop)
        stopping.start()
        assert read_all(idle) == b""  # closed: the stop has begun
        edge.release()
        assert read_all(busy).startswith(b"HTTP/1.1 200 ")
        stopping.join(5)
    with pytest.raises(ConnectionRefusedError):
        edge.connect()


def test_a_stop_does_not_wait_past_its_deadline(edge: Edge) -> None:
    edge.hold()
    with edge.connect() as busy:
        busy.sendall(POST)
        assert edge.game.waiting.acquire(timeout=5)
        edge.stop(deadline_s=0.05)
        edge.release()


def test_stopping_twice_is_fine(edge: Edge) -> None:
    edge.stop()
    edge.stop()
    with pytest.raises(ConnectionRefusedError):
        edge.connect()


def test_300_connections_are_served_at_once(edge: Edge) -> None:
    connections = [edge.connect() for _ in range(300)]
    for connection in connections:
        connection.sendall(POST)
    assert {connection.recv(12) for connection in connections} == {b"HTTP/1.1 200"}
    for connection in connections:
        connection.close()
    assert len(edge.game.handled) == 300


def test_connections_over_the_limit_wait_for_one_to_end(serve: Callable[..., Edge]) -> None:
    edge = serve(max_connections=1)
    with edge.connect() as first, edge.connect() as second:
        first.sendall(LIVE)
        assert first.recv(12) == b"HTTP/1.1 200"
        second.sendall(LIVE)
        first.close()
        assert second.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("sent", [b"", b"GET /health/live HTTP/1.1\r\nHos", b"PRI * HT"])
def test_a_client_that_sends_no_request_is_cut_off(serve: Callable[..., Edge], sent: bytes) -> None:
    edge = serve(header_timeout_s=0.1)
    with edge.connect() as slow:
        slow.sendall(sent)
        assert read_all(slow) == b""


def test_a_silent_connection_is_closed_between_two_requests(serve: Callable[..., Edge]) -> None:
    edge = serve(header_timeout_s=0.1)
    with edge.connect() as connection:
        connection.sendall(LIVE)
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_huge_headers_are_refused(edge: Edge) -> None:
    answer = edge.raw(LIVE[:-2] + b"X: " + b"a" * 100_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""  # the rest of it resets the answer


def test_one_connection_carries_many_requests_even_in_advance(edge: Edge) -> None:
    answer = edge.raw(LIVE * 3 + LIVE.replace(b"Host", b"Connection: close\r\nHost"))
    assert answer.count(b"HTTP/1.1 200 OK") == 4


def test_http_1_0_is_answered_and_closed(edge: Edge) -> None:
    assert edge.raw(b"GET /health/live HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        POST.replace(b"Content-Length: 21", b"Content-Length: 21\r\nContent-Length: 22"),
        POST.replace(b"Content-Length: 21", b"Content-Length: -1"),
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_closed(edge: Edge, sent: bytes) -> None:
    assert edge.raw(sent).startswith(b"HTTP/1.1 400 ")
    assert edge.game.handled == []


def test_a_client_that_leaves_before_its_answer_harms_nobody(edge: Edge) -> None:
    edge.hold()
    with edge.connect() as leaving:
        leaving.sendall(POST)
        assert edge.game.waiting.acquire(timeout=5)
    edge.release()
    assert edge.ask("POST", SEND, MOVE).status == 200
    assert edge.log.getvalue() == ""


def test_an_unknown_host_is_a_configuration_error(loop: Loop, edge: Edge) -> None:
    with pytest.raises(ConfigurationError, match=r"no-such-host\.invalid"):
        loop.run(EdgeServer(edge.app, "no-such-host.invalid", 0).start())


def test_ipv6_is_served(loop: Loop, edge: Edge) -> None:
    server = EdgeServer(edge.app, "::1", 0)
    loop.run(server.start())
    with socket.create_connection(("::1", server.port), timeout=5) as connection:
        connection.sendall(LIVE)
        assert connection.recv(12) == b"HTTP/1.1 200"
    loop.run(server.stop(2))
