"""Putting the house together. The only file that sees every room."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy import Engine, text
from starlette.requests import Request

from idp.account.routes import router as account
from idp.adoption.pages import router as adoption
from idp.console.routes import router as console
from idp.demo.marker import refuse_demo_data
from idp.factors.password import warm_up
from idp.figures.rollup import run_rollup
from idp.figures.rules import counting_rules
from idp.housekeeping import run_housekeeping
from idp.interactions.expiry import run_sweeper
from idp.journal.errors import run_error_expiry
from idp.journal.seal import run_sealer
from idp.keys.schedule import schedule_of
from idp.keys.upkeep import run_key_upkeep
from idp.kit.db import make_engine
from idp.oidc.formats.logout_token import LogoutTokens
from idp.oidc.routes import router as oidc
from idp.portal.routes import router as portal
from idp.runtime import Runtime, make_runtime
from idp.settings import Settings
from idp.signin.routes import router as signin
from idp.tokens.logout_sender import run_logout_sender
from idp.web.db import transaction
from idp.web.equip import equip

_ROOMS = (oidc, signin, account, portal, console, adoption)
"""Their addresses are matched in this order, as one list: routers in routers are slow to ask."""


def background_work(runtime: Runtime) -> list[Callable[[Engine, threading.Event], None]]:
    """What every process does beside its requests; safe on many nodes."""
    settings, keyring = runtime.settings, runtime.keyring
    rollup = partial(run_rollup, rules=counting_rules(settings))
    tokens = LogoutTokens(settings.issuer.url, runtime.signing_keys, keyring)
    tell = partial(run_logout_sender, http=runtime.outbound, make_token=tokens.make)
    rotate = partial(run_key_upkeep, keyring=keyring, schedule=schedule_of(settings))
    return [run_sealer, run_sweeper, run_error_expiry, run_housekeeping, rollup, tell, rotate]


def create_app(settings: Settings) -> FastAPI:
    """The provider on the database of `settings.database.url`.

    Raises ConfigurationError when a secret is missing, or production finds a synthetic country.
    """
    runtime = make_runtime(settings)
    app = FastAPI(
        title="OneDoor",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        routes=[route for room in _ROOMS for route in room.routes],
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    equip(
        app,
        runtime.parts,
        server=settings.server,
        is_https=settings.issuer.is_https,
        ungated_paths=("/.well-known/", "/jwks", "/healthz"),
    )
    app.state.runtime = runtime
    app.add_api_route("/healthz", healthz, methods=["GET"])
    app.add_api_route("/readyz", readyz, methods=["GET"])
    return app


async def healthz() -> JSONResponse:
    """Whether the process answers at all."""
    return JSONResponse({"status": "ok"})


def readyz(request: Request) -> JSONResponse:
    """Whether it can serve: the database answers."""
    with transaction(request) as db:
        db.execute(text("SELECT 1"))
    return JSONResponse({"status": "ready"})


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    runtime: Runtime = app.state.runtime
    settings = runtime.settings
    anyio.to_thread.current_default_thread_limiter().total_tokens = settings.server.threads
    await anyio.to_thread.run_sync(_prepare, runtime)
    work = background_work(runtime)
    background = make_engine(settings.database.url, pool_size=len(work))
    stop = threading.Event()
    threads = [threading.Thread(target=run, args=(background, stop), daemon=True) for run in work]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        runtime.relying_parties.close()
        runtime.signing_keys.close()
        for thread in threads:
            await anyio.to_thread.run_sync(thread.join, 2)
        background.dispose()
        runtime.engine.dispose()


def _prepare(runtime: Runtime) -> None:
    """What must be there before the first request."""
    settings = runtime.settings
    if settings.is_production:
        refuse_demo_data(runtime.engine)
    runtime.signing_keys.start()
    runtime.signing_keys.watch()
    runtime.relying_parties.start()
    warm_up(settings.passwords)
