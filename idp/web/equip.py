"""Puts the shared equipment on an application."""

from collections.abc import Iterable

from fastapi import FastAPI

from idp.settings.server import ServerSettings
from idp.web import errors, language_choice, static
from idp.web.headers import HeadersMiddleware
from idp.web.lanes import Lanes
from idp.web.limits import LimitsMiddleware
from idp.web.measure import MeasureMiddleware
from idp.web.part import Part, Site
from idp.web.routes import Finder
from idp.web.threads import ThreadRoute


def equip(
    app: FastAPI,
    parts: Iterable[Part],
    *,
    server: ServerSettings,
    is_https: bool,
) -> None:
    """Parts, middleware, error answers, static files and the language link.

    Call it once, before the application serves. The middleware stands in place of FastAPI's, which
    catches, bounds and measures what ours does too.
    """
    app.state.parts = {type(part): part for part in (*parts, Lanes(server))}
    app.router.route_class = ThreadRoute
    app.router.redirect_slashes = False  # its redirects are built from the Host header
    app.router.routes += [*static.router.routes, *language_choice.router.routes]
    app.middleware_stack = HeadersMiddleware(
        LimitsMiddleware(
            MeasureMiddleware(errors.FailuresMiddleware(Finder(app.router))),
            settings=server,
        ),
        is_https=is_https,
        cross_origin_paths=app.state.parts[Site].cross_origin_paths,
    )
