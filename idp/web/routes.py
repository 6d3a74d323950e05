"""A room's addresses: a page joins by being a module with a `router`, and stands in no list."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import APIRouter

from idp.web.threads import ThreadRoute


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
