"""`/console/figures`: the last 365, 90 or 30 days by province and agency; true, for operators.

The choice stands in the address, also of the files: window, kind, places or agencies, tier, day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Self
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.responses import Response

from idp.catalogue.models import Tier
from idp.console.entry import FIGURES, Operator, OperatorVisit, for_operators
from idp.console.part import ConsolePart
from idp.figures.rolling import WINDOWS
from idp.figures.rolling_read import (
    KINDS,
    Counts,
    RollingRow,
    day_beside,
    file_rows,
    is_kept,
    last_day,
    of_agencies,
    of_country,
    of_places,
)
from idp.figures.sets import AT_DAY, PERSON, ROLLING
from idp.figures.slices import national, read_month
from idp.figures.system_counts import SYSTEM
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.internal_files import KINDS as KINDS_OF_FILES
from idp.web.internal_files import internal_file
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_LISTED = 5
"""Rows on a page."""
COLUMNS = (
    *("as_of", "window", "kind", "dimension", "code", "name_vi", "name_en", "POP"),
    *("REG", "VER", "UNI_REACH", "PART", "ACT", "UNI_USED", "UNI_STRICT"),
)


class By(StrEnum):
    """What the table lists."""

    PLACES = "places"
    AGENCIES = "agencies"


@immutable
class Asked:
    """As the address has it; what is not named is the usual."""

    window: str = ROLLING
    kind: str = PERSON
    by: By = By.PLACES
    tier: str = ""
    day: str = ""
    """ISO; empty: the newest."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """What the query says. Raises NotFound for a value that there is not."""
        asked = {name: query[name] for name in _CHOICES if query.get(name)}
        for name, value in asked.items():
            if value not in _CHOICES[name]:
                raise NotFound(_NONE[name])
        found = cls(
            window=asked.get("window", ROLLING),
            kind=asked.get("kind", PERSON),
            by=By(asked.get("by", By.PLACES)),
            tier=asked.get("tier", ""),
            day=query.get("day", ""),
        )
        if found.by is By.AGENCIES and found.kind != PERSON:
            raise NotFound(N_("Agencies are counted by the people who use them alone."))
        return found

    def link(self, path: str = FIGURES, **changes: object) -> str:
        """The address with these choices, some of them changed."""
        new = replace(self, **changes)  # type: ignore[arg-type]
        given = {
            "window": "" if new.window == ROLLING else new.window,
            "kind": "" if new.kind == PERSON or new.by is By.AGENCIES else new.kind,
            "by": "" if new.by is By.PLACES else str(new.by),
            "tier": new.tier if new.by is By.AGENCIES else "",
            "day": new.day,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "window": (*WINDOWS,),
    "kind": KINDS,
    "by": (*By,),
    "tier": (*Tier,),
}
_NONE = {
    "window": N_("There are no figures over this window."),
    "kind": N_("There are no figures of this kind."),
    "by": N_("There is no such list of figures."),
    "tier": N_("There is no such tier."),
}


@immutable
class Found:
    """The figures of what is asked."""

    day: date
    whole: Counts
    rows: tuple[RollingRow, ...]


@immutable
class FiguresPage:
    """The page; `found` is None as long as no day has been counted."""

    operator: Operator
    asked: Asked
    target: Target
    found: Found | None = None
    leaf: Leaf[RollingRow] | None = None
    earlier: date | None = None
    later: date | None = None
    systems: int = 0
    """Systems that people sign in to, in the newest frozen month."""
    exclusive: int = 0
    """Of them, those with this sign-in alone."""
    windows = WINDOWS
    kinds = KINDS
    tiers = tuple(Tier)

    def link(self, path: str = FIGURES, **changes: object) -> str:
        """The address with the choices in force, some of them changed."""
        return self.asked.link(path, **changes)

    @property
    def page_link(self) -> str:
        """The same, up to the number of a page."""
        here = self.link()
        return f"{here}{'&' if '?' in here else '?'}page="


@router.get(FIGURES)
@for_operators
def show_figures(visit: OperatorVisit, query: Query) -> Response:
    """What is chosen, a page of it."""
    asked, db = Asked.read(query), visit.db
    found = _find(db, asked)
    page = FiguresPage(visit.visitor, asked, ConsolePart.of(visit.request).target)
    if found is not None:
        month = read_month(db, None)
        systems = national(db, month) if month else {}
        page = replace(
            page,
            found=found,
            leaf=cut(found.rows, query, most=_LISTED),
            earlier=day_beside(db, found.day),
            later=day_beside(db, found.day, later=True),
            systems=systems.get((SYSTEM, "SYSTEMS", AT_DAY), 0),
            exclusive=systems.get((SYSTEM, "SYSTEMS_EXCLUSIVE", AT_DAY), 0),
        )
    return render(visit.request, "console/figures.html", page)


@for_operators
def give_figures(visit: OperatorVisit, query: Query) -> Response:
    """All rows of what is chosen; every one says that it is internal."""
    kind, asked = visit.request.url.path.rpartition(".")[2], Asked.read(query)
    found = _find(visit.db, asked)
    name = f"{asked.window}-{found.day if found else 'empty'}"
    return internal_file(name, kind, _rows(found, asked) if found else (), COLUMNS)


for _kind in KINDS_OF_FILES:
    router.add_api_route(f"{FIGURES}.{_kind}", give_figures, methods=["GET"])


def _find(db: Session, asked: Asked) -> Found | None:
    """Raises NotFound for a day that is not kept; None while there is none at all."""
    newest = last_day(db)
    day = _read_day(asked.day) if asked.day else newest
    if asked.day and (day is None or not is_kept(db, day)):
        raise NotFound(N_("There are no figures of this day."))
    if day is None:
        return None
    whole = of_country(db, day, kind=asked.kind, window=asked.window)
    if asked.by is By.PLACES:
        return Found(day, whole, of_places(db, day, kind=asked.kind, window=asked.window))
    return Found(day, whole, of_agencies(db, day, window=asked.window, tier=asked.tier))


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _rows(found: Found, asked: Asked) -> Iterator[dict[str, object]]:
    dimension = "place" if asked.by is By.PLACES else "agency"
    return file_rows(
        found.day, asked.window, asked.kind, found.whole, found.rows, dimension=dimension
    )
