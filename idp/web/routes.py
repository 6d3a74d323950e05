"""A room's addresses: a page joins by being a module with a `router`, and stands in no list."""

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import APIRouter
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.requests import Request
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from idp.web.threads import ThreadRoute

READING = ["GET", "HEAD"]
"""How documents and health are asked for: balancers and monitors want the head alone."""


def methods_at(request: Request) -> str:
    """The methods that the address knows, as `Allow` has them (RFC 9110 section 10.2.1).

    Empty where routes are found by a router within the application's: that says its own.
    """
    routes = [r for r in request.app.routes if r.matches(request.scope)[0] is not Match.NONE]
    methods = [getattr(route, "methods", None) for route in routes]
    return ", ".join(sorted({one for some in methods for one in some or ()}))


class Router(APIRouter):
    """What every module's `router` is: its plain `def` handlers run on threads."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=ThreadRoute, **options)


class Finder:
    """Has a request answered by its route, of which those of other rooms are not asked.

    A router asks one after the other, at a tenth of what a page costs. What has no route, or not
    for its method, is the router's to answer. What FastAPI's own handlers need around them, theirs
    alone have.
    """

    def __init__(self, router: APIRouter) -> None:
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.find(scope) if scope["type"] == "http" else None
        if route is not None and route.is_straight:
            await route.app(scope, receive, send)
        else:
            answer = self._router if route is None else route.handle
            await AsyncExitStackMiddleware(answer)(scope, receive, send)

    def find(self, scope: Scope) -> ThreadRoute | None:
        """The route that answers, which the scope then tells of; None: ask the router."""
        for route in self._by_room.get(_room_of(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                scope.update(found)
                return route
        return None

    @cached_property
    def _by_room(self) -> Mapping[str, list[ThreadRoute]]:
        """Routes by the first part of their address, in their order, up to one that is any's."""
        found: dict[str, list[ThreadRoute]] = {}
        for route in self._router.routes:
            if not isinstance(route, ThreadRoute) or "{" in _room_of(route.path):
                break
            found.setdefault(_room_of(route.path), []).append(route)
        return found


def _room_of(path: str) -> str:
    return path.partition("/")[2].partition("/")[0]


def room_router(room: str) -> Router:
    """The routes of every module of a package, in one list: routers in routers are slow to ask."""
    package = import_module(room)
    modules = [import_module(f"{room}.{module.name}") for module in iter_modules(package.__path__)]
    pages = [module.router for module in modules if hasattr(module, "router")]
    return Router(routes=[route for page in pages for route in page.routes])
