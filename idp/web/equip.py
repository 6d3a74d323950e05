"""Puts the shared equipment on an application."""

from collections.abc import Iterable, Sequence

from fastapi import FastAPI

from idp.settings.server import ServerSettings
from idp.web import errors, language, static
from idp.web.headers import HeadersMiddleware
from idp.web.limits import LimitsMiddleware
from idp.web.measure import MeasureMiddleware
from idp.web.part import Part


def equip(
    app: FastAPI,
    parts: Iterable[Part],
    *,
    server: ServerSettings,
    is_https: bool,
    ungated_paths: Sequence[str] = (),
) -> None:
    """Parts, middleware, error answers, static files and the language link.

    Call it once, before the application serves. What begins with one of `ungated_paths` takes no
    slot: addresses that touch no row and must answer when everything else waits (discovery, keys,
    health).
    """
    app.state.parts = {type(part): part for part in parts}
    app.router.redirect_slashes = False  # its redirects are built from the Host header
    app.include_router(static.router)
    app.include_router(language.router)
    errors.install_handlers(app)
    app.add_middleware(errors.CrashMiddleware)
    app.add_middleware(MeasureMiddleware)
    app.add_middleware(LimitsMiddleware, settings=server, ungated=("/static/", *ungated_paths))
    app.add_middleware(HeadersMiddleware, is_https=is_https)
