"""A case in a process of its own: its garbage, its loop and its lock are not another case's.

The process sets the case up once and then waits; each round is asked for over a pipe, so that the
rounds of several cases can be interleaved while all but one are idle.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import signal
import traceback
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

import trio
import uvloop

from persistence.embedded.servers import Endpoints
from tests.bench.case import Case, Runtime, Sample

_STOP_WITHIN_S = 20.0

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class CaseFailedError(Exception):
    """A case could not be set up, or a round raised; the text is its traceback."""


class CaseProcess:
    """A case that is set up on `with` and measures on demand."""

    def __init__(self, case: Case, endpoints: Endpoints) -> None:
        context = multiprocessing.get_context("spawn")
        self._case = case
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(case, endpoints, self._theirs))

    def measure(self, seconds: float) -> Sample:
        """One round.

        Raises:
            CaseFailedError: the round raised, or the process died.
        """
        self._pipe.send(seconds)
        sample = self._answer()
        assert isinstance(sample, Sample)
        return sample

    def __enter__(self) -> Self:
        self._process.start()
        self._theirs.close()
        try:
            self._answer()
        except CaseFailedError:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise CaseFailedError(f"the process of {self._case.name!r} died") from None
        if isinstance(answer, CaseFailedError):
            raise answer
        return answer

    def _stop(self) -> None:
        self._pipe.close()  # ends the other side's wait
        self._process.join(_STOP_WITHIN_S)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()


def _serve(case: Case, endpoints: Endpoints, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it closes the pipe
    try:
        _RUNNERS[case.runtime](case, endpoints, pipe)
    except Exception as error:  # noqa: BLE001  # the parent reports it, the other cases go on
        pipe.send(CaseFailedError("".join(traceback.format_exception(_first(error)))))


def _first(error: Exception) -> Exception:
    """One of a crowd of callers that all failed alike."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def _rounds(case: Case, endpoints: Endpoints, pipe: Connection, in_thread: InThread) -> None:
    async with case.open(endpoints) as measure:
        pipe.send(None)
        while True:
            try:
                seconds = await in_thread(pipe.recv)
            except EOFError:
                return
            gc.collect()
            pipe.send(await measure(seconds))


def _run_asyncio(case: Case, endpoints: Endpoints, pipe: Connection) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_rounds(case, endpoints, pipe, asyncio.to_thread))


def _run_trio(case: Case, endpoints: Endpoints, pipe: Connection) -> None:
    trio.run(_rounds, case, endpoints, pipe, trio.to_thread.run_sync)


_RUNNERS = {Runtime.ASYNCIO: _run_asyncio, Runtime.TRIO: _run_trio}
