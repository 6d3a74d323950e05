"""A room's addresses: a page joins by being a module with a `router`, and stands in no list."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def room_router(room: str) -> APIRouter:
    """The routes of every module of a package, in one list: routers in routers are slow to ask."""
    package = import_module(room)
    modules = [import_module(f"{room}.{module.name}") for module in iter_modules(package.__path__)]
    pages = [module.router for module in modules if hasattr(module, "router")]
    return APIRouter(routes=[route for page in pages for route in page.routes])
