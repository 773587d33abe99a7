"""A closed-loop HTTP load generator that is faster than the servers it measures.

Each connection has one request under way at a time. What it asks, and what becomes of the answers,
is a `Player`'s business: `RoundRobin` repeats prepared requests, a fault test brings a player that
keeps a log of what was acknowledged. A `LoadProcess` runs the whole load in a process of its own,
so that its interpreter lock is not the server's.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from ctypes import c_uint64
from multiprocessing.connection import Connection as Pipe
from types import TracebackType
from typing import Any, Protocol, Self, cast

import uvloop
from attrs import define, field, frozen

_LINE_END = b"\r\n"
_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"
_STATUS = slice(9, 12)
_BODILESS = frozenset((204, 304))
_PROGRESS_EVERY_S = 0.02

Progress = Callable[[int], None]
"""Called with the number of requests answered so far."""


class LoadError(Exception):
    """The load could not be applied: nobody listens, or the answers are not HTTP as we know it."""


class Player(Protocol):
    """One connection's part: what to ask next, and what became of it."""

    def next(self) -> bytes | None:
        """The next request as bytes; None ends this connection."""

    def replied(self, status: int, body: bytes) -> None:
        """The answer to the request handed out last."""

    def lost(self) -> None:
        """The connection broke before the answer: the outcome is unknown. `next` may hand out the
        same request again."""

    def result(self) -> Any:
        """What the report shall carry of this player; must be picklable."""


@frozen
class Load:
    """What to apply, where and for how long.

    Attributes:
        players: connection number (from 0) to its player; picklable for a `LoadProcess`.
        seconds: how long to measure; None: until every player has ended.
        warmup_s: played before that and left out of the figures.
        retry_s: the pause before a refused connection is tried again.
        give_up_s: how long connecting may fail, and how long the last answers may take.
    """

    port: int
    connections: int
    players: Callable[[int], Player]
    host: str = "127.0.0.1"
    seconds: float | None = None
    warmup_s: float = 0.0
    retry_s: float = 0.05
    give_up_s: float = 30.0


@frozen
class LoadReport:
    """What was seen.

    Attributes:
        statuses: answers by HTTP status.
        lost: requests whose connection broke before the answer.
        busy: the share of one core that the generator itself used; near 1 it is the bottleneck.
        results: what each player reports, by connection number.
    """

    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    statuses: Mapping[int, int]
    lost: int
    busy: float
    results: Sequence[Any]

    @property
    def answered(self) -> int:
        """How many requests were answered, with any status."""
        return sum(self.statuses.values())

    @property
    def requests_per_s(self) -> float:
        """Answers per second."""
        return self.answered / self.seconds

    @property
    def not_2xx(self) -> int:
        """How many answers were no success."""
        return sum(n for status, n in self.statuses.items() if not 200 <= status < 300)


def request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """One HTTP/1.1 keep-alive request as bytes, its body taken for JSON."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class RoundRobin:
    """Repeats every `step`-th of the requests until stopped, and keeps nothing."""

    def __init__(self, requests: Sequence[bytes], first: int, step: int) -> None:
        mine = requests[first % len(requests) :: step]
        self.next = itertools.cycle(mine).__next__

    def replied(self, status: int, body: bytes) -> None:
        """Keep nothing."""

    def lost(self) -> None:
        """Go on with the next."""

    def result(self) -> None:
        """Nothing."""


@frozen
class RoundRobins:
    """Deals the requests out to the connections, so that no two play the same character."""

    requests: Sequence[bytes]
    connections: int

    def __call__(self, connection: int) -> RoundRobin:
        """The player of one connection."""
        return RoundRobin(self.requests, connection, self.connections)


async def apply_load(load: Load, progress: Progress = lambda _: None) -> LoadReport:
    """Apply the load from this event loop.

    Args:
        progress: called every 20 ms with the number of answers so far, the warm-up included.

    Raises:
        LoadError: nobody listened for `give_up_s`, or an answer could not be parsed.
        Exception: what a player raised.
    """
    run = _Run(load)
    timers = [asyncio.ensure_future(coro) for coro in (run.keep_time(), run.tell(progress))]
    try:
        async with asyncio.TaskGroup() as group:
            for player in run.players:
                group.create_task(run.play(player))
    except* Exception as broken:  # noqa: BLE001  # a player may raise anything
        raise broken.exceptions[0] from None  # the first says it; the others are its echo
    finally:
        for timer in timers:
            timer.cancel()
        progress(run.answered)
    return run.report()


class LoadProcess:
    """A load in its own process, from `with` to its end.

    >>> with LoadProcess(load) as running:
    ...     ...  # kill a server when running.answered is high enough
    ...     report = running.result()
    """

    def __init__(self, load: Load) -> None:
        context = multiprocessing.get_context("spawn")
        self._answered = context.Value(c_uint64, lock=False)
        self._results, theirs = context.Pipe(duplex=False)
        self._theirs = theirs
        self._process = context.Process(target=_load_process, args=(load, self._answered, theirs))

    @property
    def answered(self) -> int:
        """How many requests were answered so far, at most 20 ms old."""
        return int(self._answered.value)

    @property
    def over(self) -> bool:
        """Whether `result` returns at once."""
        return self._results.poll()

    def result(self) -> LoadReport:
        """Wait for the end of the load.

        Raises:
            LoadError: as in `apply_load`, or the process died.
            Exception: what a player raised.
        """
        try:
            outcome = self._results.recv()
        except EOFError:
            raise LoadError("the load generator's process died") from None
        if isinstance(outcome, Exception):
            raise outcome
        assert isinstance(outcome, LoadReport)
        return outcome

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()  # else its death would not be seen as the end of the pipe
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.is_alive() and kind is not None:
            self._process.kill()
        self._process.join()
        self._results.close()


def _load_process(load: Load, answered: Any, results: Pipe) -> None:
    def progress(count: int) -> None:
        answered.value = count

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            results.send(runner.run(apply_load(load, progress)))
    except Exception as error:  # noqa: BLE001  # raised again where the result is awaited
        results.send(error)


@define
class _Tally:
    """The figures of one stretch of time."""

    began: float = field(factory=time.perf_counter)
    cpu_began: float = field(factory=time.process_time)
    latencies: list[float] = field(factory=list)
    statuses: Counter[int] = field(factory=Counter)
    lost: int = 0


class _Run:
    """One load under way: its clock, its tally, its players."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.players = [load.players(number) for number in range(load.connections)]
        self.over = False
        self.tally = _Tally()
        self._answered_before = 0
        self._open: set[_Connection] = set()

    async def keep_time(self) -> None:
        """Leave out the warm-up; end the measurement; cut off what is not answered by then."""
        if self.load.warmup_s:
            await asyncio.sleep(self.load.warmup_s)
            self._answered_before = self.answered
            self.tally = _Tally()
        if self.load.seconds is not None:
            await asyncio.sleep(self.load.seconds)
            self.over = True
            await asyncio.sleep(self.load.give_up_s)
            for connection in self._open:
                connection.abort()

    @property
    def answered(self) -> int:
        """How many requests were answered so far, the warm-up included."""
        return self._answered_before + len(self.tally.latencies)

    async def tell(self, progress: Progress) -> None:
        """Report the progress until cancelled."""
        while True:
            progress(self.answered)
            await asyncio.sleep(_PROGRESS_EVERY_S)

    async def play(self, player: Player) -> None:
        """Keep one player connected until it has nothing more to ask, or time is up."""
        finished = False
        while not finished and (connection := await self._connect(player)):
            self._open.add(connection)
            try:
                finished = await connection.finished
            finally:
                self._open.remove(connection)
                connection.abort()
                await connection.closed

    async def _connect(self, player: Player) -> _Connection | None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self.load.give_up_s
        while not self.over:
            try:
                _, connection = await loop.create_connection(
                    lambda: _Connection(self, player), self.load.host, self.load.port
                )
            except OSError as refused:
                if loop.time() > give_up_at:
                    problem = f"nobody listens on port {self.load.port}: {refused}"
                    raise LoadError(problem) from refused
                await asyncio.sleep(self.load.retry_s)
            else:
                return connection
        return None

    def report(self) -> LoadReport:
        """The figures since the warm-up."""
        tally = self.tally
        seconds = time.perf_counter() - tally.began
        ordered = sorted(tally.latencies) or [0.0]
        p50_ms, p99_ms, max_ms = (
            ordered[int(share * (len(ordered) - 1))] * 1e3 for share in (0.5, 0.99, 1.0)
        )
        return LoadReport(
            seconds=seconds,
            p50_ms=p50_ms,
            p99_ms=p99_ms,
            max_ms=max_ms,
            statuses=dict(tally.statuses),
            lost=tally.lost,
            busy=(time.process_time() - tally.cpu_began) / seconds,
            results=[player.result() for player in self.players],
        )


class _Connection(asyncio.Protocol):
    """One keep-alive connection: ask, wait for the answer, ask again.

    `finished` ends with True if the player had no more to ask, False if the connection broke.
    """

    def __init__(self, run: _Run, player: Player) -> None:
        loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[bool] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._run = run
        self._player = player
        self._received = b""
        self._asked_at = 0.0
        self._waiting = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        self._guarded(self._ask)

    def data_received(self, data: bytes) -> None:
        self._guarded(self._take, self._received + data if self._received else data)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting:
            self._run.tally.lost += 1
            self._guarded(self._player.lost)
        if not self.finished.done():
            self.finished.set_result(False)
        self.closed.set_result(None)

    def abort(self) -> None:
        """Cut the connection; the request under way counts as lost."""
        self._transport.abort()

    def _ask(self) -> None:
        request = None if self._run.over else self._player.next()
        if request is None:
            self.finished.set_result(True)
            return
        self._waiting = True
        self._asked_at = time.perf_counter()
        self._transport.write(request)

    def _take(self, received: bytes) -> None:
        head = received.find(_HEAD_END)
        if head >= 0:
            status, length = _parse_head(received[:head])
            begin = head + len(_HEAD_END)
            if len(received) - begin >= length:
                self._received = b""
                self._answered(status, received[begin : begin + length])
                return
        self._received = received

    def _answered(self, status: int, body: bytes) -> None:
        tally = self._run.tally
        tally.latencies.append(time.perf_counter() - self._asked_at)
        tally.statuses[status] += 1
        self._waiting = False
        self._player.replied(status, body)
        self._ask()

    def _guarded(self, step: Callable[..., None], *args: object) -> None:
        try:
            step(*args)
        except Exception as error:  # noqa: BLE001  # a guest; the event loop would only log it
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self.finished.done():
            self._waiting = False
            self.finished.set_exception(error)


def _parse_head(head: bytes) -> tuple[int, int]:
    """Status and body length. Raises LoadError if either is missing."""
    try:
        status = int(head[_STATUS])
        return status, 0 if status in _BODILESS else _content_length(head.lower() + _LINE_END)
    except ValueError:
        raise LoadError(f"this is no answer of a known length: {head[:80]!r}") from None


def _content_length(head: bytes) -> int:
    begin = head.index(_LENGTH) + len(_LENGTH)
    return int(head[begin : head.index(_LINE_END, begin)])
