"""What pages, exports and forecasts read of frozen months. Nothing is counted here.

Every figure of a month comes from one freeze (`FrozenMonth`); ask for the month once and hand it
on, so that one page has one number:

    month = read_month(db, None)                  # the newest frozen one; None where there is none
    rates = province_rates(db, month)             # 34 provinces, by code; each with its residents
    national(db, month).get(("person", "UNI_USED", "months_12"), 0)

Windows are `at_day`, `months_12`, `months_3`, `months_1`. Figures of people: REG, VER1, VER2
(at_day); ACT, UNI_USED, PART, BEGAN, SUCCEEDED (people, by window), REUSE_2 … REUSE_5 (nation).
Of organizations: REG, VER, ACT, UNI_USED, PART. POP, POP_14: what they are a share of. A count that
is zero has no row: `.get(key, 0)`; only POP may be unknown: `.get(key)`. Sign-ins (`outcomes`) are
those of the month alone, months of a longer window are summed. Codes: a place's code; of agencies,
ministries, systems and services their id. Statisticians' pages suppress small cells, not this.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from idp.figures.company_funnel import DISAGREES
from idp.figures.days import DAY, month_end, month_start
from idp.figures.frozen import (
    Companies,
    FrozenMonth,
    Funnel,
    Outcomes,
    PlaceRate,
    Said,
    Slice,
)
from idp.figures.models import AdoptionDay
from idp.figures.month_models import AdoptionMonth, AdoptionSlice
from idp.figures.said import ANSWERED
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import WINDOWS, YEAR, CompanyState, Dimension, State, read_rows
from idp.kit.db import table_of
from idp.organizations.models import OrganizationKind
from idp.places.crosswalk import Crosswalk
from idp.places.lookup import stands_on
from idp.places.models import Place

_USERS = (PERSON, ANSWERED)
FigureOf: TypeAlias = tuple[str, str, str]
"""Kind of subject, figure, window."""


def read_month(
    db: Session, month: date | None, *, revision: int | None = None
) -> FrozenMonth | None:
    """The freeze that stands of the month any of whose days is given; None: the newest month."""
    rows = table_of(AdoptionMonth)
    statement = select(rows).order_by(rows.c.month_on.desc(), rows.c.revision.desc()).limit(1)
    if month is not None:
        statement = statement.where(rows.c.month_on == month_end(month))
    if revision is not None:
        statement = statement.where(rows.c.revision == revision)
    row = db.execute(statement).one_or_none()
    return _frozen(row) if row else None


def list_months(
    db: Session, *, until: date | None = None, as_of: FrozenMonth | None = None
) -> list[FrozenMonth]:
    """The freeze that stands of each month, oldest first, none later than `until`.

    `as_of`: as they stood when that one was frozen, none of a month later than its own.
    """
    newest = {
        month.month_on: month
        for month in list_freezes(db)
        if as_of is None or (month.number <= as_of.number and month.month_on <= as_of.month_on)
    }
    return [month for on, month in newest.items() if until is None or on <= month_end(until)]


def list_freezes(db: Session) -> list[FrozenMonth]:
    """Every freeze, by month and then by revision: the old stands beside the new."""
    rows = table_of(AdoptionMonth)
    found = db.execute(select(rows).order_by(rows.c.month_on, rows.c.revision))
    return [_frozen(row) for row in found]


def month_before(freezes: Sequence[FrozenMonth], month: FrozenMonth) -> FrozenMonth | None:
    """The last of these freezes that is of the very month before."""
    last = month_start(month.month_on) - DAY
    return next((each for each in reversed(freezes) if each.month_on == last), None)


def list_whole_months(
    db: Session, *, window: str = YEAR, as_of: FrozenMonth | None = None
) -> list[FrozenMonth]:
    """Those whose window lies wholly behind the first closed day: what a forecast may use."""
    first = db.scalar(select(AdoptionDay.day_on).order_by(AdoptionDay.day_on).limit(1))
    before = WINDOWS[window] - 1
    return [
        month
        for month in list_months(db, as_of=as_of)
        if first and month_start(month.month_on, months_before=before) >= first
    ]


def national(db: Session, month: FrozenMonth) -> dict[FigureOf, int]:
    """Every figure of the country."""
    return _figures(db, month, Dimension.COUNTRY).get("", {})


def by_place(
    db: Session, month: FrozenMonth, *, then: bool = False
) -> dict[str, dict[FigureOf, int]]:
    """Every figure of each province by its code; `""`: those whose province is not known.

    As provinces are today, so that the past of a merged one is the sum of its parts; or, with
    `then`, as they were at the month's end.
    """
    is_old = then and Crosswalk.read(db.connection()).changed_after(month.month_on)
    return _figures(db, month, Dimension.PLACE_THEN if is_old else Dimension.PLACE)


def province_rates(
    db: Session,
    month: FrozenMonth,
    kind: str = PERSON,
    *,
    before: FrozenMonth | None = None,
    then: bool = False,
    window: str = YEAR,
    cuts: Mapping[str, Mapping[FigureOf, int]] | None = None,
) -> list[PlaceRate]:
    """Every province by code; `before` is the freeze to compare with.

    `cuts`: what `by_place` said of the month, where that was read already.
    """
    now = by_place(db, month, then=then) if cuts is None else cuts
    past = by_place(db, before, then=then) if before else {}
    day = month.month_on if then else None
    return [
        PlaceRate(
            code=code,
            name_vi=name_vi,
            name_en=name_en,
            registered=now.get(code, {}).get((kind, "REG", AT_DAY), 0),
            uni_used=now.get(code, {}).get((kind, "UNI_USED", window), 0),
            population=now.get(code, {}).get((kind, "POP", AT_DAY)),
            uni_used_before=past.get(code, {}).get((kind, "UNI_USED", window), 0)
            if before
            else None,
            population_before=past.get(code, {}).get((kind, "POP", AT_DAY)),
        )
        for code, name_vi, name_en in list_provinces(db, day)
    ]


def list_provinces(db: Session, day: date | None = None) -> list[tuple[str, str, str]]:
    """Code and names of the provinces of that day, or of today's, by code."""
    places = table_of(Place).c
    stands = places.ended_on.is_(None) if day is None else stands_on(day)
    columns = (places.code, places.name_vi, places.name_en)
    found = db.execute(
        select(*columns).where(stands, places.tier == "province").order_by(places.code)
    )
    return [(code, vi, en) for code, vi, en in found]


def funnel(
    db: Session, month: FrozenMonth, place: str | None = None, *, window: str = YEAR
) -> Funnel:
    """The partition of the registered, of the country or of a province (12 months only)."""
    cut = (
        national(db, month)
        if place is None
        else _figures(db, month, Dimension.PLACE, place).get(place, {})
    )
    return Funnel(
        {state: cut.get((PERSON, state, window), 0) for state in State},
        cut.get((PERSON, "POP", AT_DAY)),
    )


def outcomes(
    db: Session, month: FrozenMonth, dimension: Dimension = Dimension.COUNTRY, code: str = ""
) -> Outcomes:
    """How the sign-ins of the month ended, of the country or of one agency, system or service."""
    return _outcomes(_figures(db, month, dimension, code).get(code, {}))


def slices(
    db: Session,
    month: FrozenMonth,
    dimension: Dimension,
    codes: Sequence[str] = (),
    *,
    cuts: Mapping[str, Mapping[FigureOf, int]] | None = None,
) -> list[Slice]:
    """Those agencies (ministries, systems, services, methods) of the month, or every one used.

    `""` names no one's. `cuts`: what `figures_by` said of them, where that was read already.
    """
    cuts = _figures(db, month, dimension, *codes) if cuts is None else cuts
    return [
        Slice(
            code,
            {window: figures.get((PERSON, "ACT", window), 0) for window in WINDOWS},
            figures.get((PERSON, "UNI_USED", YEAR), 0),
            _outcomes(figures),
            _said(figures),
        )
        for code, figures in sorted(cuts.items())
        if codes or any(of in _USERS or figure == "BEGUN" for of, figure, _ in figures)
    ]


def figures_by(
    db: Session, month: FrozenMonth, dimension: Dimension, codes: Sequence[str] = ()
) -> dict[str, dict[FigureOf, int]]:
    """Every figure of those agencies (systems, tiers, …), or of every one, by code."""
    return _figures(db, month, dimension, *codes)


def series(
    db: Session,
    months: Sequence[FrozenMonth],
    key: FigureOf,
    *,
    dimension: Dimension = Dimension.COUNTRY,
    code: str = "",
) -> list[int]:
    """One figure over these months, oldest first, as each freeze has it; 0 where it has no row."""
    columns = table_of(AdoptionSlice).c
    kind, figure, window = key
    rows = db.execute(
        select(columns.freeze_number, columns.value).where(
            columns.freeze_number.in_([month.number for month in months]),
            columns.dimension == dimension,
            columns.code == code,
            columns.subject_kind == kind,
            columns.figure == figure,
            columns.window_name == window,
        )
    )
    found = {freeze: value for freeze, value in rows}  # noqa: C416 - rows are no pairs to mypy
    return [found.get(month.number, 0) for month in months]


def _figures(
    db: Session, month: FrozenMonth, dimension: Dimension, *codes: str
) -> dict[str, dict[FigureOf, int]]:
    cuts: dict[str, dict[FigureOf, int]] = {}
    rows = read_rows(db.connection(), month.number, dimensions=[dimension], codes=codes)
    for key, value in rows.items():
        cuts.setdefault(key.code, {})[key.subject_kind, key.figure, key.window_name] = value
    return cuts


def companies(db: Session, month: FrozenMonth) -> dict[OrganizationKind, Companies]:
    """Where the country's organizations stand, by kind, over 12 months."""
    return companies_of(national(db, month))


def companies_of(figures: Mapping[FigureOf, int]) -> dict[OrganizationKind, Companies]:
    """The same, from what `national` said."""
    return {
        kind: Companies(
            {state: figures.get((kind, state, YEAR), 0) for state in CompanyState},
            figures.get((kind, "POP", AT_DAY)),
            figures.get((kind, DISAGREES, YEAR), 0),
        )
        for kind in OrganizationKind
    }


def _said(figures: Mapping[FigureOf, int]) -> Said:
    return Said(*(figures.get((ANSWERED, name, YEAR), 0) for name in ("ANSWERS", "SATISFIED")))


def _outcomes(figures: Mapping[FigureOf, int]) -> Outcomes:
    ended = {figure: n for (kind, figure, _), n in figures.items() if kind == "sign_in"}
    names = ("BEGUN", "SUCCESS", "REFUSED_LEVEL", "REFUSED", "ABANDONED")
    begun, success, level, refused, abandoned = (ended.get(name, 0) for name in names)
    reasons = {f.removeprefix("REASON "): n for f, n in ended.items() if f.startswith("REASON")}
    return Outcomes(begun, success, level, refused, abandoned, reasons)


def _frozen(row: Row[Any]) -> FrozenMonth:
    return FrozenMonth(**{name: getattr(row, name) for name in FrozenMonth.__annotations__})
