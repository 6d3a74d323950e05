"""Puts the shared equipment on an application."""

import hashlib
from collections.abc import Sequence

from fastapi import FastAPI
from sqlalchemy.engine import Engine

from idp.kit.rationing import Ration
from idp.settings import Settings
from idp.web import errors, language, static
from idp.web.cookies import CookieNames
from idp.web.db import Database
from idp.web.headers import HeadersMiddleware
from idp.web.limits import LimitsMiddleware
from idp.web.templates import Pages


def equip(
    app: FastAPI,
    *,
    settings: Settings,
    engine: Engine,
    program_paths: Sequence[str] = (),
    ungated_paths: Sequence[str] = (),
) -> None:
    """State, middleware, error answers, static files and the language link.

    Call it once, before the application serves. Errors under `program_paths` are answered with
    OAuth JSON. What begins with one of `ungated_paths` takes no slot: addresses that touch no row
    and must answer when everything else waits (discovery, keys, health).
    """
    app.state.settings = settings
    app.state.engine = engine
    app.state.database = Database(engine, settings.database)
    app.state.pages = Pages(settings)
    app.state.cookie_names = CookieNames.under(settings.issuer)
    app.state.csrf_key = _csrf_key(settings)
    app.state.error_ration = Ration(errors.REPORTS_PER_MINUTE)
    app.state.program_paths = tuple(program_paths)
    app.router.redirect_slashes = False  # its redirects are built from the Host header
    app.include_router(static.router)
    app.include_router(language.router)
    errors.install_handlers(app)
    app.add_middleware(errors.CrashMiddleware)
    app.add_middleware(
        LimitsMiddleware, settings=settings.server, ungated=("/static/", *ungated_paths)
    )
    app.add_middleware(HeadersMiddleware, is_https=settings.issuer.is_https)


def _csrf_key(settings: Settings) -> bytes:
    return hashlib.sha256(
        b"csrf:" + settings.secrets.lookup_key.get_secret_value().encode()
    ).digest()
