"""`/api/adoption/…`: the figures of frozen months, for the Government's reporting system.

With an access token of a client itself (RFC 6749 section 4.4) that is meant for us and holds
`adoption:read`: alone, or with the DPoP proof or the certificate that it is bound to. Small counts
are left out and others rounded, as everybody sees them; true values are for a client in production
whose token holds `adoption:internal`, too. `deploy/adoption-api.yaml` describes it (OpenAPI).
"""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.authorization.refusal import Refusal
from idp.figures.days import month_named
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import read_rows
from idp.figures.open_tables import TABLES
from idp.figures.slices import list_months, read_month
from idp.figures.versions import read_version
from idp.kit.db import read_one_instant
from idp.kit.errors import NotFound
from idp.oidc.dpop import nonce_header
from idp.oidc.endpoints.admitted import Admitted, admit
from idp.oidc.endpoints.presented import ask_for_token, header_token, issued_to, refuse_noted
from idp.oidc.part import OidcPart
from idp.rate_limits import FIGURES
from idp.relying_parties.scopes import ADOPTION_INTERNAL, ADOPTION_READ
from idp.web.db import transaction
from idp.web.errors import oauth_error
from idp.web.forms import Query
from idp.web.routes import Router
from idp.web.tagged import tagged

router = Router()

_EVENT = "figures.refused"
_MONTHS, _ROWS = 50, 500
"""On a page, of months and of rows."""
_LONGEST = 9
"""Digits of a number in a query."""
_PATH = "/api/adoption/months"
_PRIVATE = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
Answer: TypeAlias = Callable[[Session, Admitted], dict[str, Any] | Response]


@router.get(_PATH)
def months(request: Request, query: Query) -> Response:
    """The months frozen or revised after the freeze `since`, oldest freeze first, 50 on a page."""

    def answer(db: Session, _admitted: Admitted) -> dict[str, Any] | Response:
        known = sorted(list_months(db), key=lambda month: month.number)
        newest = known[-1].number if known else 0
        since = _number(query.get("since", "0"))
        if since is None or since > newest:
            return _refused(400, f"since is no freeze of ours; the newest is {newest}.")
        later = [month for month in known if month.number > since]
        shown, rest = later[:_MONTHS], later[_MONTHS:]
        following = f"{_PATH}?since={shown[-1].number}" if rest else None
        return {"newest": newest, "months": [_told(m) for m in shown], "next": following}

    return _answer(request, answer)


@router.get(f"{_PATH}/{{month}}")
def one_month(request: Request, month: str, query: Query) -> Response:
    """What there is of a month, in the version that stands or the one asked for."""

    def answer(db: Session, admitted: Admitted) -> dict[str, Any] | Response:
        found = _find(db, month, query.get("version", ""))
        if found is None:
            return _not_found()
        tables = [f"{_PATH}/{month}/{name}?version={found.version}" for name in TABLES]
        values = _values(admitted)
        return {**_told(found), "values": values, "tables": dict(zip(TABLES, tables, strict=True))}

    return _answer(request, answer)


@router.get(f"{_PATH}/{{month}}/{{table}}")
def one_table(request: Request, month: str, table: str, query: Query) -> Response:
    """A table of that month, 500 rows on a page."""

    def answer(db: Session, admitted: Admitted) -> dict[str, Any] | Response:
        found = _find(db, month, query.get("version", ""))
        page = _number(query.get("page", "1"))
        if found is None or table not in TABLES or not page:
            return _not_found()
        is_true, target = _values(admitted) == "true", OidcPart.of(request).target
        rows = read_rows(db, found, TABLES[table], target=target, is_true=is_true)
        first, end = (page - 1) * _ROWS, page * _ROWS
        version = f"{_PATH}/{month}/{table}?version={found.version}"
        return {
            **_told(found),
            "values": _values(admitted),
            "rows": rows[first:end],
            "next": f"{version}&page={page + 1}" if len(rows) > end else None,
        }

    return _answer(request, answer)


def _answer(request: Request, read: Answer) -> Response:
    sent = header_token(request)
    if sent is None:
        return ask_for_token(request, event=_EVENT)
    admitted = admit(request, sent, scope=ADOPTION_READ, limit=FIGURES)
    if isinstance(admitted, Refusal):
        client_id = issued_to(request, sent.token)
        return refuse_noted(
            request, admitted, client_id=client_id, is_dpop=sent.is_dpop, event=_EVENT
        )
    with transaction(request) as db:
        read_one_instant(db)
        try:
            found = read(db, admitted)
        except NotFound:
            found = _not_found()
    nonce = nonce_header(admitted.proof, OidcPart.of(request).keyring) if admitted.proof else {}
    if isinstance(found, Response):
        found.headers.update(nonce)
        return found
    body = json.dumps(found, ensure_ascii=False).encode()
    return tagged(request, body, "application/json", **_PRIVATE, **nonce)


def _values(admitted: Admitted) -> str:
    """Which the client is told: of a sandbox nobody approved anything."""
    has_all = ADOPTION_INTERNAL in admitted.scopes and not admitted.party.is_sandbox
    return "true" if has_all else "suppressed"


def _find(db: Session, month: str, version: str) -> FrozenMonth | None:
    """The freeze; None for a month that was not frozen. Raises NotFound for no version."""
    last_on, revision = month_named(month), read_version(version)
    return None if last_on is None else read_month(db, last_on, revision=revision)


def _told(month: FrozenMonth) -> dict[str, Any]:
    return {
        "month": month.name,
        "version": month.version,
        "freeze": month.number,
        "frozen_at": month.frozen_at.isoformat(),
        "reason": month.reason or None,
        "definitions": month.definitions_version,
        "code": month.code_version,
        "sha256": month.rows_hash.hex(),
        "href": f"{_PATH}/{month.name}?version={month.version}",
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST else None


def _not_found() -> Response:
    return _refused(404, "There are no such figures.")


def _refused(status: int, description: str) -> Response:
    return oauth_error("invalid_request", description, status=status)
