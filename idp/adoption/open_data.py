"""`/adoption/data/…`: the tables of frozen months at addresses that stay, for everybody.

A file is of a month and a version, and older versions stay; `latest` leads to the newest. Pages of
any origin may read them. What there is stands in a catalogue for programs (DCAT-AP), what columns
mean in a dictionary.
"""

from email.utils import format_datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.adoption.files import KINDS, as_file
from idp.adoption.kept import kept_answer
from idp.adoption.report.period import Period
from idp.adoption.versions import read_version
from idp.figures.frozen import FrozenMonth
from idp.figures.open_tables import TABLES, read_rows
from idp.figures.slices import list_freezes, read_month
from idp.kit.db import read_one_instant
from idp.kit.errors import NotFound
from idp.web.db import transaction
from idp.web.headers import CROSS_ORIGIN
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

OPEN = {
    **CROSS_ORIGIN,
    "Access-Control-Expose-Headers": "ETag, Last-Modified",
    "Vary": "Accept-Encoding",
    "Content-Language": "vi",
}
"""The same for whoever asks: pages of any origin may read it."""
_NO_FILE = N_("There is no such file.")


@router.get("/adoption/data/latest/{file}")
def latest_file(file: str, request: Request) -> Response:
    """To the newest version of the newest month."""
    _table_and_kind(file)
    with transaction(request) as db:
        month = read_month(db, None)
    if month is None:
        raise NotFound(N_("No month has been frozen yet."))
    sent = {**OPEN, "Cache-Control": "no-cache"}
    return RedirectResponse(address_of(month, file), status_code=302, headers=sent)


@router.get("/adoption/data/{month}/v{version}/{file}")
def open_file(month: str, version: str, file: str, request: Request) -> Response:
    """A table of that version of that month."""
    name, kind = _table_and_kind(file)
    asked, revision = Period.read(month), read_version(version)
    table = TABLES[name]
    with transaction(request) as db:
        read_one_instant(db)
        found = read_month(db, asked.last_on, revision=revision)
        if found is None or asked.is_quarter or revision is None:
            raise NotFound(_NO_FILE)
        rows = read_rows(db, found, table)
        changed_at = _changed_at(db, found)
    body, media_type = as_file(kind, rows, table.columns)
    named = f'attachment; filename="{name}-{month}-v{version}.{kind}"'
    shown = {} if kind == "json" else {"Content-Disposition": named}
    return kept_answer(request, body, media_type, **OPEN, **shown, **{"Last-Modified": changed_at})


def address_of(month: FrozenMonth, file: str) -> str:
    """Of a file of that version, for good."""
    return f"/adoption/data/{month.name}/v{month.revision + 1}/{file}"


def _table_and_kind(file: str) -> tuple[str, str]:
    name, _, kind = file.partition(".")
    if name not in TABLES or kind not in KINDS:
        raise NotFound(_NO_FILE)
    return name, kind


def _changed_at(db: Session, month: FrozenMonth) -> str:
    """As HTTP dates are: when it was published, or the version after it, which may star more."""
    last = max(
        each.frozen_at
        for each in list_freezes(db)
        if each.month_on == month.month_on and 0 <= each.revision - month.revision <= 1
    )
    return format_datetime(last, usegmt=True)
