"""The threads on which routes wait for the database.

As many as there are requests at once: the gates of `lanes` say how many that may be. A thread that
has ended its work takes the next. Starlette's way through anyio costs ten times the CPU, for
limits and cancellation that nothing here uses.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from functools import partial, wraps
from inspect import iscoroutinefunction
from queue import SimpleQueue
from threading import Thread
from typing import Any, ParamSpec, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.kit.errors import AnswerPending
from idp.web.arguments import Reader, answers_itself, reader_of
from idp.web.lanes import Lane, Lanes, lane_of
from idp.web.repeats import free_taken, has_taken

P = ParamSpec("P")
T = TypeVar("T")

_FIRST_PAUSE, _LAST_PAUSE = 0.03, 2.0
"""Seconds between two looks for an answer that another request is making; each is longer."""

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Job = tuple[Callable[[], Any], Context, asyncio.Future[Any]]


async def on_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns or raises, done on a thread of its own in a copy of this context.

    A caller that is cancelled waits no longer; the work goes on to its end.
    """
    told: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    job: _Job = (partial(work, *args, **kwargs), copy_context(), told)
    try:
        _idle.pop().put(job)
    except IndexError:
        _start().put(job)
    return await told


class ThreadRoute(APIRoute):
    """A route whose handler waits in its lane and, when it is a plain `def`, has a thread.

    The answer is handed over when the slot has been given back: no slow reader holds a thread. A
    handler that raises AnswerPending is called again, and waits for that outside its lane. The form
    that a handler took and then failed at, as when there was no time to hash, is free at once.
    FastAPI finds a handler's arguments anew for each request, at the price of a statement; where
    `arguments` can tell at the start what they are, neither is it asked nor does the request pass
    what it puts around its own search: `errors` answers what a handler raises in any case. FastAPI
    is not told of such a handler's arguments at all: to look at those of all was a twentieth of a
    start.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.lane, awaited = lane_of(endpoint), _awaited(endpoint)
        self._stem, _, rest = path.partition("{")
        self._tail = rest.rpartition("}")[2]
        self._is_fixed = "{" not in path
        read = None if options.get("dependencies") else _reader_of(endpoint, path)
        self.is_straight = read is not None
        """Whether FastAPI has no part in its answer."""
        if read is None:
            super().__init__(path, awaited, **options)
        else:
            super().__init__(path, _without_arguments, **{"name": endpoint.__name__, **options})
            self.endpoint = awaited
            self.app = _answered_by(self._in_turn(_straight(awaited, read)))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette says, which takes ten times as long to say no, and five times to say yes."""
        path = scope["path"]
        if not path.startswith(self._stem) or not path.endswith(self._tail):
            return Match.NONE, {}
        if not self._is_fixed:
            return super().matches(scope)
        if path != self.path:
            return Match.NONE, {}
        found = {"endpoint": self.endpoint, "path_params": {}, "route": self}
        is_for_it = scope["method"] in (self.methods or ())
        return Match.FULL if is_for_it else Match.PARTIAL, found

    def get_route_handler(self) -> _Handler:
        """What FastAPI calls for a request, in its turn."""
        return self._in_turn(super().get_route_handler())

    def _in_turn(self, handle: _Handler) -> _Handler:
        lane = self.lane
        if lane is Lane.NONE:
            return handle

        async def handle_in_turn(request: Request) -> Response:
            pause = _FIRST_PAUSE
            while True:
                try:
                    async with Lanes.of(request).slot(request, lane):
                        return await _or_freed(handle, request)
                except AnswerPending:
                    if pause > _LAST_PAUSE:
                        raise
                await asyncio.sleep(pause)
                pause *= 1.5

        return handle_in_turn


def _reader_of(endpoint: Callable[..., Any], path: str) -> Reader | None:
    """What reads the arguments of a handler that does not need FastAPI."""
    return reader_of(endpoint, in_path=compile_path(path)[2]) if answers_itself(endpoint) else None


def _straight(endpoint: Callable[..., Any], read: Reader) -> _Handler:
    async def answer(request: Request) -> Response:
        response: Response = await endpoint(**await read(request))
        return response

    return answer


async def _without_arguments() -> None:
    """What FastAPI examines in place of a straight handler; nobody calls it."""


async def _or_freed(handle: _Handler, request: Request) -> Response:
    try:
        return await handle(request)
    except Exception:
        if has_taken(request):
            await on_thread(free_taken, request)
        raise


_idle: deque[SimpleQueue[_Job]] = deque()
"""The inboxes of threads that wait; the one that waited least is warmest, and next."""


def _start() -> SimpleQueue[_Job]:
    jobs: SimpleQueue[_Job] = SimpleQueue()
    Thread(target=_work, args=(jobs,), name="request", daemon=True).start()
    return jobs


def _work(jobs: SimpleQueue[_Job]) -> None:
    while True:
        work, context, told = jobs.get()
        tell = _done(work, context, told)
        _idle.append(jobs)
        with suppress(RuntimeError):  # of a loop that has closed: nobody waits
            told.get_loop().call_soon_threadsafe(tell)
        del work, context, told, tell


def _done(
    work: Callable[[], Any], context: Context, told: asyncio.Future[Any]
) -> Callable[[], None]:
    """The work, done; what is left is to say so where its caller waits, if it still does."""
    try:
        result = context.run(work)
    except StopIteration as error:  # a future cannot hold it
        failure: BaseException = RuntimeError("a request stopped an iteration that nobody began")
        failure.__cause__ = error
        return lambda: None if told.done() else told.set_exception(failure)
    except BaseException as error:  # noqa: BLE001 - handed over to who waits
        failure = error
        return lambda: None if told.done() else told.set_exception(failure)
    return lambda: None if told.done() else told.set_result(result)


def _answered_by(handle: _Handler) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        response = await handle(Request(scope, receive, send))
        await response(scope, receive, send)

    return app


def _awaited(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def on_its_thread(**values: Any) -> Any:
        return await on_thread(endpoint, **values)

    return on_its_thread
