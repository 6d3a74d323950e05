"""The two renderers of everything that goes wrong: a page for people, OAuth JSON for programs.

Every answer carries a short error id; the reason behind it goes to the log and to the journal's
error reports, in a transaction of its own. Of each kind only so many a minute are reported for
a source and the relying party named, so that whoever sends rubbish fills no table and hides nobody
else's; addresses that do not exist are a kind of their own. Input is never echoed.
"""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import structlog
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.journal.errors import record_error
from idp.kit.errors import DataAltered, InvalidInput, NotFound, OneDoorError, Overloaded
from idp.kit.immutable import immutable
from idp.kit.logs import places_of
from idp.kit.secrets import new_error_id
from idp.rate_limits import source_of
from idp.web.db import transaction
from idp.web.lanes import Lane, Lanes
from idp.web.measure import route_of
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.refusals import RequestRefused, TooManyRequests
from idp.web.routes import methods_at
from idp.web.share import may_report
from idp.web.templates import render
from idp.web.threads import on_thread
from idp.web.trusted_proxy import client_ip

_log = structlog.get_logger("idp.web")
_ALTERED = "data.altered"


@immutable
class ErrorPage:
    """What happened, what to do next, and the error id to give to support."""

    heading: str
    explanation: str
    error_id: str
    retry_after: int = 0
    """Seconds after which trying again makes sense; zero: unknown."""
    is_missing: bool = False
    """Whether there is no such page."""


@immutable
class Failure:
    """One thing that went wrong, ready for either renderer."""

    status: int
    explanation: str
    kind: str
    """Its short name in the log and the error reports."""
    detail: str = ""
    """For the log and the error reports only."""
    retry_after: int = 0
    headers: Mapping[str, str] | None = None
    relying_party_id: UUID | None = None
    """Whose request it was, where that is known."""

    @property
    def heading(self) -> str:
        """The page's title."""
        if self.status in (404, 405):
            return N_("Page not found")
        if self.status == 429:
            return N_("Too many requests")
        if self.status == 503:
            return N_("The service is busy")
        if self.status >= 500:
            return N_("Something went wrong on our side")
        return N_("We cannot do that")

    @property
    def oauth_error(self) -> str:
        """The registered error code (RFC 6749) that says the same."""
        if self.status in (429, 503):
            return "temporarily_unavailable"
        is_ours = self.status >= 500 or self.kind == _ALTERED
        return "server_error" if is_ours else "invalid_request"


def oauth_error(
    error: str,
    description: str,
    *,
    status: int = 400,
    error_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error response to a program (RFC 6749 section 5.2): registered code, English, no input."""
    if error_id:
        description = f"{description} [{error_id}]"
    body = {"error": error, "error_description": description}
    sent = {"Cache-Control": "no-store", **(headers or {})}
    return JSONResponse(body, status_code=status, headers=sent)


def failure_of(error: Exception) -> Failure:
    """What an exception means to whoever asked; anything unknown is our own fault (500)."""
    match error:
        case DataAltered():
            text = N_(
                "What is stored here has been altered. Nothing was done. Please tell the operator."
            )
            return Failure(409, text, _ALTERED, error.detail)
        case OneDoorError():
            return _named_failure(error)
        case HTTPException() if error.status_code < 500:
            return _http_failure(error)
        case RequestValidationError():
            return Failure(400, N_("What was sent cannot be read."), "input.unreadable")
    text = N_("This is not your fault. Please try again in a moment.")
    return Failure(500, text, "crash", type(error).__name__)


def _named_failure(error: OneDoorError) -> Failure:
    match error:
        case RequestRefused():
            return Failure(
                error.status,
                error.public,
                "request.refused",
                error.detail,
                relying_party_id=error.relying_party_id,
            )
        case TooManyRequests():
            return Failure(429, error.public, "source.limited", error.detail, error.retry_after)
        case Overloaded():
            return Failure(503, error.public, "overloaded", error.detail, error.retry_after)
        case NotFound():
            return Failure(404, error.public, "not_found", error.detail)
        case InvalidInput():
            return Failure(400, error.public, "input.invalid", error.detail or error.field)
    return Failure(400, error.public, "refused", error.detail)


def _http_failure(error: HTTPException) -> Failure:
    texts = {
        404: N_("There is no page at this address."),
        405: N_("This address cannot be opened directly. Please start again at the service."),
    }
    text = texts.get(error.status_code, N_("What was sent cannot be read."))
    kind = "address.unknown" if error.status_code == 404 else "request.refused"
    return Failure(error.status_code, text, kind, headers=error.headers)


async def answer(request: Request, error: Exception) -> Response:
    """Report the error under a new id and answer it with a page, or OAuth JSON for a program."""
    failure = failure_of(error)
    if failure.status == 405 and (allowed := methods_at(request)):
        failure = replace(failure, headers={"Allow": allowed})
    error_id = new_error_id()
    log_refusal(request, failure, error_id, error)
    if not isinstance(error, Overloaded) and _is_reported(request, failure):
        await _report_in_turn(request, failure, error_id)
    return respond(request, failure, error_id)


async def _report_in_turn(request: Request, failure: Failure, error_id: str) -> None:
    try:
        async with Lanes.of(request).slot(request, Lane.ROWS):
            await on_thread(_report, request, failure, error_id)
    except Overloaded as error:
        _note_lost(error_id, error)


def note_failure(request: Request, failure: Failure) -> str:
    """Report what a route answers itself, outside of its transaction; the id to answer with."""
    error_id = new_error_id()
    log_refusal(request, failure, error_id)
    if _is_reported(request, failure):
        _report(request, failure, error_id)
    return error_id


def _is_reported(request: Request, failure: Failure) -> bool:
    key = (failure.kind, failure.relying_party_id, source_of(client_ip(request)))
    return Site.of(request).error_reports.admits(key)


def respond(request: HTTPConnection, failure: Failure, error_id: str) -> Response:
    """The failure in the form the caller reads."""
    headers = dict(failure.headers or {})
    if failure.retry_after:
        headers["Retry-After"] = str(failure.retry_after)
    if is_program(request):
        return oauth_error(
            failure.oauth_error,
            failure.explanation,
            status=failure.status,
            error_id=error_id,
            headers=headers,
        )
    page = ErrorPage(
        failure.heading,
        failure.explanation,
        error_id,
        failure.retry_after,
        is_missing=failure.status == 404,
    )
    return render(request, "errors/error.html", page, status=failure.status, headers=headers)


def is_program(request: HTTPConnection) -> bool:
    """Whether a program is calling: by the address, else by an Accept that has no HTML in it."""
    if Site.of(request).is_for_programs(request.scope["path"]):
        return True
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


class FailuresMiddleware:
    """Answers whatever a route raises, inside the middleware that adds headers.

    The framework's own answers echo some of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noting_start)
        except Exception as error:
            if has_started:
                raise
            response = await answer(Request(scope, receive), error)
            await response(scope, receive, send)


def log_refusal(
    request: HTTPConnection, failure: Failure, error_id: str, error: Exception | None = None
) -> None:
    """One record per failure, an error where an operator must act; a crash with its places."""
    facts = {
        "error_id": error_id,
        "kind": failure.kind,
        "status": failure.status,
        "route": route_of(request.scope),
        "detail": failure.detail,
    }
    if failure.status == 500 and error is not None:
        _log.error("request.failed", **facts, places=places_of(error))
    elif failure.kind == _ALTERED:
        _log.error("request.refused", **facts)
    else:
        _log.info("request.refused", **facts)


def _report(request: Request, failure: Failure, error_id: str) -> None:
    detail = {
        "status": failure.status,
        "route": route_of(request.scope),
        "detail": failure.detail or failure.explanation,
    }
    if failure.relying_party_id is not None:
        detail["relying_party_id"] = failure.relying_party_id.hex
    try:
        with transaction(request) as db:
            if may_report(request, db):
                record_error(db, error_id=error_id, kind=failure.kind, detail=detail)
    except (SQLAlchemyError, Overloaded) as error:
        _note_lost(error_id, error)


def _note_lost(error_id: str, error: Exception) -> None:
    _log.error("error_report.lost", error_id=error_id, reason=type(error).__name__)
