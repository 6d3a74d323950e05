"""A room's addresses: a page joins by being a module with a `router`, and stands in no list."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.routing import Match

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


def room_router(room: str) -> Router:
    """The routes of every module of a package, in one list: routers in routers are slow to ask."""
    package = import_module(room)
    modules = [import_module(f"{room}.{module.name}") for module in iter_modules(package.__path__)]
    pages = [module.router for module in modules if hasattr(module, "router")]
    return Router(routes=[route for page in pages for route in page.routes])
