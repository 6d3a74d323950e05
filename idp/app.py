"""Putting the house together. The only file that sees every room."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from starlette.requests import Request

from idp.factors.password import warm_up
from idp.kit.drift import drifted
from idp.oidc.endpoints.authorize import answer_at_once
from idp.oidc.routes import router as oidc
from idp.runtime import Runtime, make_runtime
from idp.settings import Settings
from idp.settings.deployment import settle_environment
from idp.web.db import Database
from idp.web.ends import Ends
from idp.web.equip import equip
from idp.web.lanes import Lane, in_lane
from idp.web.routes import READING, room_router
from idp.web.threads import on_thread
from idp.work import refuse_unfit_databases, working

_log = structlog.get_logger(__name__)
ROOMS = ("idp.signin", "idp.account", "idp.portal", "idp.console", "idp.adoption", "idp.help")
"""The rooms with pages: every module there that has a `router` is served."""
_SHOWN_MAIL = "idp.mail"
"""Served only where mail is shown instead of being sent."""


def create_app(settings: Settings, *, works: bool = False) -> FastAPI:
    """The provider on the database of `settings.database.url`; `works`: with its node's tasks.

    Raises ConfigurationError when a secret is missing, or production finds a synthetic country
    or is given a role that owns tables.
    """
    runtime = make_runtime(settings)
    rooms = (*ROOMS, _SHOWN_MAIL) if settings.shows_mail else ROOMS
    app = FastAPI(
        title="OneDoor",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        routes=[*oidc.routes, *(route for room in rooms for route in room_router(room).routes)],
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    parts = (*runtime.parts, Ends(answer_at_once))
    equip(app, parts, server=settings.server, is_https=settings.issuer.is_https)
    app.state.runtime, app.state.works = runtime, works
    app.add_api_route("/healthz", healthz, methods=READING)
    app.add_api_route("/readyz", readyz, methods=READING)
    return app


@in_lane(Lane.NONE)
async def healthz() -> JSONResponse:
    """Whether the process answers at all."""
    return JSONResponse({"status": "ok"})


@in_lane(Lane.HEALTH)
def readyz(request: Request) -> JSONResponse:
    """Whether it can serve: the database takes rows. With a wrong clock it can, and says so."""
    Database.of(request).check()
    drift = drifted()
    told = {} if drift is None else {"clock_drift_seconds": drift}
    return JSONResponse({"status": "ready", **told})


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    running = ExitStack()
    await on_thread(_start, app, running)
    try:
        yield
    finally:
        await on_thread(running.close)


def _start(app: FastAPI, running: ExitStack) -> None:
    """What must be there before the first request."""
    runtime: Runtime = app.state.runtime
    settle_environment(runtime.settings)
    refuse_unfit_databases(runtime.settings, serving=runtime.engine)
    running.enter_context(runtime.started())
    running.callback(_log.info, "worker.stopped")
    _log.info("worker.started")
    if app.state.works:
        running.enter_context(working(runtime))
    warm_up(runtime.settings.passwords)
