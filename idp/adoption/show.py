"""One way to answer with a page of published figures: read at one instant, kept, tagged.

It is kept compressed and mostly sent so: public, the same for everybody, without a form or a name,
it holds nothing that its length could tell (decision 39).
"""

import gzip
from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import HEADERS, Stamp, kept_answer
from idp.adoption.part import AdoptionPart
from idp.figures.models import AdoptionDay, AdoptionRevision, Denominator
from idp.figures.month_models import AdoptionMonth
from idp.kit.db import read_one_instant
from idp.web.db import transaction
from idp.web.gzipped import gzipped, takes_gzip
from idp.web.language import language_of
from idp.web.templates import Pages
from idp.web.told import read_told

Make: TypeAlias = Callable[[Session, AdoptionPart], object]


def show(request: Request, template: str, make: Make, *, filters: str = "") -> Response:
    """The page whose data `make` reads; 304 where the browser has it already.

    `filters` is the query that the page depends on, checked and in one spelling: only asked for
    so, a page is kept.
    """
    part, pages = AdoptionPart.of(request), Pages.of(request)
    key = (template, request.url.path, language_of(request), filters)
    is_usual = request.url.query == filters and read_told(request) is None
    with transaction(request) as db:
        read_one_instant(db)
        stamp = _stamp(db)
        packed = part.kept.find(key, stamp) if is_usual else None
        if packed is None:
            packed = gzipped(pages.render(request, template, make(db, part)).encode())
            if is_usual:
                part.kept.keep(key, stamp, packed)
    return _answer(request, packed)


def show_once(request: Request, template: str, page: object, **headers: str) -> Response:
    """A page that is made each time, as it is asked for seldom or changes by the minute."""
    packed = gzipped(Pages.of(request).render(request, template, page).encode())
    return _answer(request, packed, **headers)


def _answer(request: Request, packed: bytes, **headers: str) -> Response:
    """The page as whoever asks can read it; caches keep both apart."""
    headers["Vary"] = f"{HEADERS['Vary']}, Accept-Encoding"
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
    else:
        packed = gzip.decompress(packed)
    return kept_answer(request, packed, "text/html; charset=utf-8", **headers)


def _stamp(db: Session) -> Stamp:
    """What was published last, of figures and of what they are a share of."""
    last_day = select(func.max(AdoptionDay.day_on)).scalar_subquery()
    last_revision = select(func.max(AdoptionRevision.number)).scalar_subquery()
    denominators = select(func.count()).select_from(Denominator).scalar_subquery()
    last_freeze = select(func.max(AdoptionMonth.number)).scalar_subquery()
    return tuple(db.execute(select(last_day, last_revision, denominators, last_freeze)).one())
