"""The asyncio loop in its own thread, and calls between it and trio, batched in both directions.

A crossing costs about 100 µs because a thread has to wake up; so all waiting calls cross together:
an inbox drained by one `call_soon_threadsafe`, an outbox drained by one `run_sync_soon`. The two
flags need no lock: the draining side clears its flag before it reads the queue, so a set flag means
that a drain is still to come."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast

import outcome
import trio
import uvloop

from actors.envelope import ReplySlot
from actors.errors import PortalDiedError
from actors.proxy import wrap_methods

T = TypeVar("T")


class _Call:
    """One trio task waiting for one coroutine on the loop."""

    __slots__ = ("aio_task", "cancelled", "trio_task")

    def __init__(self, trio_task: trio.lowlevel.Task) -> None:
        self.trio_task = trio_task
        self.aio_task: asyncio.Task[Any] | None = None
        self.cancelled: Callable[[], Any] | None = None


class Portal:
    """The two directions. Made by `open_portal`."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self._nursery = nursery
        self._token = trio.lowlevel.current_trio_token()
        self._inbox: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._outbox: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._inbox_scheduled = False
        self._outbox_scheduled = False
        self._calls: set[_Call] = set()
        self._death: PortalDiedError | None = None
        self.died = trio.Event()

    # -------------------------------------------------------------- trio to asyncio

    def post(self, fn: Callable[..., object], *args: Any) -> None:
        """Run `fn(*args)` on the loop soon. From the trio thread.

        Raises: PortalDiedError.
        """
        if self._death is not None:
            raise self._death
        self._inbox.append((fn, args))
        if not self._inbox_scheduled:
            self._inbox_scheduled = True
            self._wake_loop()

    async def call(self, fn: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Await `fn(*args)` on the loop, from a trio task.

        Raises: what `fn` raised; PortalDiedError.
        Cancellation: the coroutine is cancelled and awaited; what it did before stays done.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        call = _Call(trio.lowlevel.current_task())
        self.post(self._begin, call, fn, args)
        self._calls.add(call)
        result = await trio.lowlevel.wait_task_rescheduled(partial(self._cancel, call))
        return cast("T", result)

    def bridge(self, port: T) -> T:
        """The same object for trio: each of its methods runs on the loop."""
        return wrap_methods(port, lambda _, method: partial(self.call, method))

    # -------------------------------------------------------------- asyncio to trio

    def post_to_trio(self, fn: Callable[..., object], *args: Any) -> None:
        """Run `fn(*args)` on the trio thread soon. From the loop's thread."""
        self._outbox.append((fn, args))
        if not self._outbox_scheduled:
            self._outbox_scheduled = True
            self._token.run_sync_soon(self._drain_outbox)

    def call_trio(self, fn: Callable[..., Awaitable[T]], *args: Any) -> asyncio.Future[T]:
        """Await `fn(*args)` in a trio task of its own, from the loop.

        If the future is cancelled the task goes on; its result is dropped.
        """
        future: asyncio.Future[T] = self.loop.create_future()
        self.post_to_trio(self._nursery.start_soon, self._serve, fn, args, future)
        return future

    def slot(self) -> FutureSlot:
        """A reply slot whose answer comes back to the loop. From the loop's thread."""
        return FutureSlot(self)

    def settle_soon(self, future: asyncio.Future[T], result: outcome.Outcome[T]) -> None:
        """Give a future of the loop its outcome. From the trio thread."""
        if self._death is None:
            self.post(_settle, future, result)

    # -------------------------------------------------------------- inside

    def _wake_loop(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._drain_inbox)
        except RuntimeError as error:  # the loop is closed
            self._die(str(error))

    def _drain_inbox(self) -> None:
        self._inbox_scheduled = False
        inbox = self._inbox
        try:
            while inbox:
                fn, args = inbox.popleft()
                fn(*args)
        finally:
            if inbox:  # one of them raised; the loop reports it, the others go on
                self._inbox_scheduled = True
                self.loop.call_soon(self._drain_inbox)

    def _drain_outbox(self) -> None:
        self._outbox_scheduled = False
        outbox = self._outbox
        while outbox:
            fn, args = outbox.popleft()
            fn(*args)

    def _begin(self, call: _Call, fn: Callable[..., Awaitable[Any]], args: tuple[Any, ...]) -> None:
        call.aio_task = self.loop.create_task(_await(fn, args))
        call.aio_task.add_done_callback(partial(self._ended, call))

    def _ended(self, call: _Call, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            result: outcome.Outcome[Any] = outcome.Error(PortalDiedError("the call was cancelled"))
        elif (error := task.exception()) is not None:
            result = outcome.Error(error)
        else:
            result = outcome.Value(task.result())
        self.post_to_trio(self._deliver, call, result)

    def _deliver(self, call: _Call, result: outcome.Outcome[Any]) -> None:
        if call in self._calls:
            self._calls.remove(call)
            if call.cancelled is not None and isinstance(result, outcome.Error):
                result = outcome.capture(call.cancelled)
            trio.lowlevel.reschedule(call.trio_task, result)

    def _cancel(self, call: _Call, raise_cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        call.cancelled = raise_cancel
        if self._death is None:
            self.post(self._cancel_on_loop, call)
        return trio.lowlevel.Abort.FAILED

    def _cancel_on_loop(self, call: _Call) -> None:
        if call.aio_task is not None:
            call.aio_task.cancel()

    async def _serve(
        self, fn: Callable[..., Awaitable[T]], args: tuple[Any, ...], future: asyncio.Future[T]
    ) -> None:
        try:
            value = await fn(*args)
        except Exception as error:  # noqa: BLE001  (a guest: the caller on the loop gets it)
            self.settle_soon(future, outcome.Error(error))
        else:
            self.settle_soon(future, outcome.Value(value))

    def _die(self, reason: str) -> None:
        """The loop ended: fail every call that waits for it. On the trio thread."""
        if self._death is not None:
            return
        self._death = PortalDiedError(reason)
        self.died.set()
        for call in list(self._calls):
            self._deliver(call, outcome.Error(PortalDiedError(reason)))

    def run(self, running: threading.Event) -> None:
        """The thread's function: run the loop until it is stopped or breaks."""
        asyncio.set_event_loop(self.loop)
        self.loop.call_soon(running.set)
        reason = "it was stopped"
        try:
            self.loop.run_forever()
        except BaseException as error:  # noqa: BLE001  (any error that ends the loop must reach the callers)
            reason = repr(error)
        finally:
            running.set()
            self._close_loop()
            self._report_death(reason)

    def _close_loop(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(_gather(asyncio.all_tasks(self.loop)))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self._inbox.clear()  # posted after the stop: the callers fail in `_die`
        self.loop.close()

    def _report_death(self, reason: str) -> None:
        with suppress(trio.RunFinishedError):  # then no caller is left
            self._token.run_sync_soon(self._die, reason)

    async def stop(self, thread: threading.Thread) -> None:
        """Stop the loop and wait for its thread."""
        with trio.CancelScope(shield=True):
            with suppress(RuntimeError):  # the loop is closed already: the thread died
                self.loop.call_soon_threadsafe(self.loop.stop)
            await trio.to_thread.run_sync(thread.join)


class FutureSlot(ReplySlot):
    """A slot that is settled on the trio thread and whose `future` is awaited on the loop; answers
    cross in batches. Made by `Portal.slot`."""

    __slots__ = ("_portal", "future")

    def __init__(self, portal: Portal) -> None:
        super().__init__()
        self._portal = portal
        self.future: asyncio.Future[Any] = portal.loop.create_future()

    def settled(self) -> None:
        """Send the answer over."""
        result = outcome.Value(self.value) if self.error is None else outcome.Error(self.error)
        self._portal.settle_soon(self.future, result)


def _settle(future: asyncio.Future[T], result: outcome.Outcome[T]) -> None:
    """Give a future its outcome, unless it was cancelled. On the loop."""
    if future.done():
        return
    if isinstance(result, outcome.Error):
        future.set_exception(result.error)
    else:
        future.set_result(result.unwrap())


async def _await(fn: Callable[..., Awaitable[T]], args: tuple[Any, ...]) -> T:
    return await fn(*args)  # in here, so that a call that cannot begin fails like any other


async def _gather(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_portal() -> AsyncIterator[Portal]:
    """Run an asyncio (uvloop) loop in a thread of its own until the block ends.

    If the thread dies inside the block, every call fails with PortalDiedError and `portal.died` is
    set. Tasks left on the loop at the end are cancelled.
    """
    async with trio.open_nursery() as nursery:
        portal = Portal(nursery)
        running = threading.Event()
        thread = threading.Thread(
            target=portal.run, args=(running,), name="asyncio-portal", daemon=True
        )
        thread.start()
        await trio.to_thread.run_sync(running.wait)
        try:
            yield portal
        finally:
            await portal.stop(thread)
            nursery.cancel_scope.cancel()
