"""`/adoption/data/…`: the tables of frozen months at addresses that stay, for everybody.

A file is of a month and a version, and older versions stay; `latest` is the newest. Pages of
any origin may read them. What there is stands in a catalogue for programs (DCAT-AP), what columns
mean in a dictionary.
"""

from datetime import date
from email.utils import format_datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.adoption.part import AdoptionPart
from idp.figures.days import month_named
from idp.figures.frozen import FrozenMonth
from idp.figures.open_rows import read_rows
from idp.figures.open_tables import TABLES
from idp.figures.slices import list_freezes, read_month
from idp.figures.versions import read_version
from idp.kit.db import read_one_instant
from idp.kit.errors import NotFound
from idp.kit.languages import DEFAULT
from idp.kit.tables.written import KINDS, as_file
from idp.web.db import transaction
from idp.web.headers import CROSS_ORIGIN
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

OPEN = {
    **CROSS_ORIGIN,
    "Access-Control-Expose-Headers": "ETag, Last-Modified",
    "Vary": "Accept-Encoding",
    "Content-Language": DEFAULT,
}
"""The same for whoever asks: pages of any origin may read it."""
_NO_FILE = N_("There is no such file.")


@router.get("/adoption/data/latest/{file}")
def latest_file(request: Request, file: str) -> Response:
    """A table of the newest month; `Content-Location` says where it stays."""
    return _answer(request, file, month=None, revision=None)


@router.get("/adoption/data/{month}/v{version}/{file}")
def open_file(request: Request, month: str, version: str, file: str) -> Response:
    """A table of that version of that month."""
    last_on, revision = month_named(month), read_version(version)
    if last_on is None or revision is None:
        raise NotFound(_NO_FILE)
    return _answer(request, file, month=last_on, revision=revision)


def _answer(request: Request, file: str, *, month: date | None, revision: int | None) -> Response:
    name, _, kind = file.partition(".")
    table = TABLES.get(name)
    if table is None or kind not in KINDS:
        raise NotFound(_NO_FILE)
    target = AdoptionPart.of(request).target
    with transaction(request) as db:
        read_one_instant(db)
        found = read_month(db, month, revision=revision)
        if found is None:
            raise NotFound(_NO_FILE)
        rows, changed_at = read_rows(db, found, table, target=target), _changed_at(db, found)
    body, media_type = as_file(kind, rows, table.columns)
    address = address_of(found, file)
    version = found.version
    named = f'attachment; filename="{name}-{found.name}-v{version}.{kind}"'
    sent = {**OPEN, "Content-Location": address, "Last-Modified": changed_at}
    shown = {} if kind == "json" else {"Content-Disposition": named}
    return kept_answer(request, body, media_type, **sent, **shown)


def address_of(month: FrozenMonth, file: str) -> str:
    """Of a file of that version, for good."""
    return f"/adoption/data/{month.name}/v{month.version}/{file}"


def _changed_at(db: Session, month: FrozenMonth) -> str:
    """As HTTP dates are: when it was published, or the version after it, which may star more."""
    last = max(
        each.frozen_at
        for each in list_freezes(db)
        if each.month_on == month.month_on and 0 <= each.revision - month.revision <= 1
    )
    return format_datetime(last, usegmt=True)
