"""My data: all that is held on the person, on a page and as a file."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.account.entry import owner_page
from idp.journal.record import record
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.personal_data.export import Part, as_json, owner_of, read_parts
from idp.personal_data.file_schema import SCHEMA_PATH, schema
from idp.personal_data.section import Column, Section
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import Pages, render

router = Router()
PATH = "/account/data"
_LISTED = 5
"""Rows on a page."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
"""A date of birth that is known to the day."""


@immutable
class Cell:
    """A value on the page; `kind`: time, day, words (English to translate), or text."""

    kind: str
    value: Any


@immutable
class ShownPart:
    """A page of a part as a table; `has_more`: the rest is in the file."""

    key: str
    title: str
    labels: tuple[str, ...]
    leaf: Leaf[tuple[Cell, ...]]
    has_more: bool


@immutable
class DataPage:
    """What is held, and why something of it is not handed over.

    One part is `shown`: the one asked for, else the first; `is_whole`: with ways to the `parts`.
    """

    name: str
    is_whole: bool
    shown: ShownPart
    parts: tuple[Section, ...]
    reasons: tuple[str, ...]


@router.get(PATH)
@owner_page(PATH, is_fresh=True)
def show(request: Request, db: Session, session: CurrentSession, query: Query) -> Response:
    """The page, or one of a part, for whoever has just signed in."""
    parts = _parts(request, db, session, is_page=True)
    reasons = dict.fromkeys(why for part in parts for why in part.section.withheld)
    first, *others = (part for part in parts if part.rows)
    asked = next((part for part in others if part.section.key == query.get("part")), None)
    page = DataPage(
        name=session.name,
        is_whole=asked is None,
        shown=_shown(asked or first, query),
        parts=tuple(part.section for part in others),
        reasons=tuple(reasons),
    )
    return render(request, "account/data.html", page)


@router.post(f"{PATH}/file")
@owner_page(PATH, is_fresh=True)
def download(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """The file, whole; that it was fetched is journaled, and told."""
    at = clock.now()
    file = as_json(_parts(request, db, session), issuer=_issuer(request), made_at=at)
    record(db, event="data.exported", at=at, subject_number=session.subject_number, counted=False)
    name = f"onedoor-{clock.day_of(at).isoformat()}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JSONResponse(file, headers=headers)


@router.get(SCHEMA_PATH)
def show_schema(request: Request) -> Response:
    """What the file may hold, for whoever reads one; it reads no row."""
    return JSONResponse(schema(issuer=_issuer(request)), media_type="application/schema+json")


def _parts(
    request: Request, db: Session, session: CurrentSession, *, is_page: bool = False
) -> list[Part]:
    keyring, language = Site.of(request).keyring, language_of(request)
    return read_parts(
        db,
        owner_of(db, keyring=keyring, session=session),
        keyring=keyring,
        language=language,
        say=Pages.of(request).catalogue(language).gettext,
        models=Site.of(request).factor_rules.models,
        is_page=is_page,
    )


def _shown(part: Part, query: Mapping[str, str]) -> ShownPart:
    section = part.section
    columns = [column for column in section.shown if column.label and _is_there(column, part)]
    rows = [_row(columns, row) for row in part.rows[: section.most_on_page]]
    leaf = cut(rows, query, most=_LISTED)
    return ShownPart(
        key=section.key,
        title=section.title,
        labels=tuple(column.label for column in columns),
        leaf=leaf,
        has_more=len(part.rows) > section.most_on_page and not leaf.later,
    )


def _is_there(column: Column, part: Part) -> bool:
    return not column.a_part or any(row[column.said] is not None for row in part.rows)


def _row(columns: Sequence[Column], row: Any) -> tuple[Cell, ...]:
    return tuple(_cell(column, row[column.said]) for column in columns)


def _cell(column: Column, value: Any) -> Cell:
    words = column.words.get(str(value), "")
    if words:
        return Cell("words", words)
    match value:
        case datetime():
            return Cell("time", value)
        case date():
            return Cell("day", value)
        case str() if _DAY.fullmatch(value):
            return Cell("day", date.fromisoformat(value))
        case None | "":
            return Cell("text", "–")
        case _:
            return Cell("text", value)


def _issuer(request: Request) -> str:
    return Site.of(request).issuer.url
