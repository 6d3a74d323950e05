"""Counts what is answered, and how long it took."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.kit import measures


class MeasureMiddleware:
    """Inside the limits: neither a slow sender nor a slow reader counts as our time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            measures.request_ended(
                method=scope["method"],
                route=route_of(scope),
                status=status,
                seconds=time.perf_counter() - began,
            )


def route_of(scope: Scope) -> str:
    """The route's pattern, never the address itself: addresses may hold secrets."""
    return getattr(scope.get("route"), "path", "")
