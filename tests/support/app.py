"""Applications of single rooms, on the runtime that the program itself has."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import APIRouter, FastAPI

from idp.runtime import make_runtime
from idp.settings import Settings
from idp.web.equip import equip
from idp.web.part import Part

SomePart = TypeVar("SomePart", bound=Part)


def room_app(settings: Settings, *routers: APIRouter) -> FastAPI:
    """An application with these routers alone."""
    app, runtime = FastAPI(openapi_url=None), make_runtime(settings)
    equip(app, runtime.parts, server=settings.server, is_https=settings.issuer.is_https)
    app.state.runtime = runtime
    for router in routers:
        app.router.routes += router.routes
    return app


def part_of(app: FastAPI, kind: type[SomePart]) -> SomePart:
    """What a room of the application has been handed."""
    part: SomePart = app.state.parts[kind]
    return part


def change_part(app: FastAPI, kind: type[Part], **fields: Any) -> None:
    """Hand a room of the application something else, from now on."""
    app.state.parts[kind] = replace(part_of(app, kind), **fields)  # type: ignore[type-var]


@contextmanager
def changed_part(app: FastAPI, kind: type[Part], **fields: Any) -> Iterator[None]:
    """The same within the block."""
    usual = part_of(app, kind)
    change_part(app, kind, **fields)
    try:
        yield
    finally:
        app.state.parts[kind] = usual
