"""What is read of rolling figures: true counts of a kept day, for those inside alone.

No public page, file or interface reads here (a test holds it): of provinces and agencies everybody
else sees frozen months, and what two windows differ by would tell of single people.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, cast, func, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, Tier
from idp.figures.day_models import AdoptionDayRead, AdoptionRolling
from idp.figures.rates import Rate
from idp.figures.rolling import REACH, WINDOWS
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import Dimension
from idp.figures.slices import list_provinces
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.languages import Named

KINDS = (PERSON, "enterprise")
"""Of whom it is known how many there are."""
_OF_AGENCIES = "ACT", "UNI_USED", "UNI_STRICT"


@immutable
class Counts:
    """Of the country, a province or an agency, over one window; agencies have the last four."""

    population: int | None
    registered: int
    proven: int
    """VER1; of organizations VER."""
    reach: int | None
    """None for organizations."""
    part: int
    active: int
    used: int
    strict: int | None
    """None for organizations: lists name people."""

    @property
    def rate(self) -> Rate:
        """UNI-used of everyone."""
        return Rate(self.used, self.population)

    @property
    def share(self) -> Rate:
        """UNI-used of those who signed in at the level; of an agency, there."""
        return Rate(self.used, self.active)


@immutable
class RollingRow(Named):
    """A province, or an agency."""

    code: str
    tier: Tier
    counts: Counts


@immutable
class OwnDays:
    """The last days of one agency, to the end of a day: window → counts."""

    day: date
    counts: Mapping[str, Counts]

    def as_columns(self) -> dict[str, object]:
        """As a file has them: `days_to`, and who signed in there in so many days."""
        people = {f"people_{WINDOWS[name]}_days": each.active for name, each in self.counts.items()}
        return {"days_to": self.day.isoformat(), **people}


def last_day(db: Session) -> date | None:
    """The newest day that has rolling figures; None as long as there is none."""
    return db.scalar(select(func.max(AdoptionDayRead.last_on)))


def day_beside(db: Session, day: date, *, later: bool = False) -> date | None:
    """The next kept day before that one, or after it."""
    kept = AdoptionRolling.day_on
    if later:
        return db.scalar(select(func.min(kept)).where(kept > day))
    return db.scalar(select(func.max(kept)).where(kept < day))


def is_kept(db: Session, day: date) -> bool:
    """Whether there are rolling figures of that day."""
    rows = table_of(AdoptionRolling).c
    return db.scalar(select(rows.day_on).where(rows.day_on == day).limit(1)) is not None


def of_country(db: Session, day: date, *, kind: str, window: str) -> Counts:
    """The whole country."""
    return _read(db, day, Dimension.COUNTRY, kind, window).get("", _counts(kind, window, {}))


def of_places(db: Session, day: date, *, kind: str, window: str) -> tuple[RollingRow, ...]:
    """Every province as it is today, those of the lowest rate first."""
    found = _read(db, day, Dimension.PLACE, kind, window)
    empty = _counts(kind, window, {})
    rows = [
        RollingRow(vi, en, code, Tier.PROVINCE, found.get(code, empty))
        for code, vi, en in list_provinces(db)
    ]
    return tuple(sorted(rows, key=lambda row: _lowest_first(row.counts.rate, row.code)))


def of_agencies(db: Session, day: date, *, window: str, tier: str = "") -> tuple[RollingRow, ...]:
    """The agencies whose services people used, those of the lowest share first; all tiers, or one.

    One statement, a row for each agency: of communes there are thousands.
    """
    rows, agency = table_of(AdoptionRolling).c, table_of(Agency).c
    told = [
        func.max(rows.value).filter(rows.figure == figure).label(figure) for figure in _OF_AGENCIES
    ]
    used = (
        select(rows.code, *told)
        .where(
            rows.day_on == day,
            rows.dimension == Dimension.AGENCY,
            rows.subject_kind == PERSON,
            rows.window_name == window,
        )
        .group_by(rows.code)
        .having(told[0].element > 0)
        .subquery()
    )
    counts = [used.c[figure] for figure in _OF_AGENCIES]
    statement = select(agency.code, agency.name_vi, agency.name_en, agency.tier, *counts).join(
        used, agency.id == cast(used.c.code, Uuid)
    )
    if tier:
        statement = statement.where(agency.tier == tier)
    found = [
        RollingRow(
            name_vi, name_en, code, Tier(of), _counts(PERSON, window, _named(window, values))
        )
        for code, name_vi, name_en, of, *values in db.execute(statement)
    ]
    return tuple(sorted(found, key=lambda row: _lowest_first(row.counts.share, row.code)))


def _named(window: str, values: Sequence[int | None]) -> dict[tuple[str, str], int]:
    pairs = zip(_OF_AGENCIES, values, strict=True)
    return {(figure, window): value for figure, value in pairs if value is not None}


def of_agency(db: Session, agency_id: UUID) -> OwnDays | None:
    """Each window of one agency, to the newest day; None as long as there is none."""
    day = last_day(db)
    if day is None:
        return None
    values = _values(db, day, Dimension.AGENCY, PERSON, [*WINDOWS], codes=[str(agency_id)])
    own = values.get(str(agency_id), {})
    return OwnDays(day, {window: _counts(PERSON, window, own) for window in WINDOWS})


def _lowest_first(rate: Rate, code: str) -> tuple[bool, float, str]:
    return rate.percent is None, rate.percent or 0, code


def _read(
    db: Session, day: date, dimension: Dimension, kind: str, window: str
) -> dict[str, Counts]:
    values = _values(db, day, dimension, kind, [window])
    return {code: _counts(kind, window, found) for code, found in values.items()}


def _values(
    db: Session,
    day: date,
    dimension: Dimension,
    kind: str,
    windows: Sequence[str],
    *,
    codes: Sequence[str] = (),
) -> dict[str, dict[tuple[str, str], int]]:
    """Code → (figure, window) → count; a count that is zero is not there."""
    rows = table_of(AdoptionRolling).c
    statement = select(rows.code, rows.figure, rows.window_name, rows.value).where(
        rows.day_on == day,
        rows.dimension == dimension,
        rows.subject_kind == kind,
        rows.window_name.in_([*windows, AT_DAY]),
    )
    if codes:
        statement = statement.where(rows.code.in_(codes))
    values: dict[str, dict[tuple[str, str], int]] = {}
    for code, figure, window, value in db.execute(statement):
        values.setdefault(code, {})[figure, window] = value
    return values


def _counts(kind: str, window: str, values: Mapping[tuple[str, str], int]) -> Counts:
    is_person = kind == PERSON
    return Counts(
        population=values.get(("POP", AT_DAY)),
        registered=values.get(("REG", AT_DAY), 0),
        proven=values.get(("VER1" if is_person else "VER", AT_DAY), 0),
        reach=values.get((REACH, AT_DAY), 0) if is_person else None,
        part=values.get(("PART", window), 0),
        active=values.get(("ACT", window), 0),
        used=values.get(("UNI_USED", window), 0),
        strict=values.get(("UNI_STRICT", window), 0) if is_person else None,
    )


def file_rows(
    day: date, window: str, kind: str, whole: Counts, rows: Sequence[RollingRow], *, dimension: str
) -> Iterator[dict[str, object]]:
    """The country and these rows, as a file has them; `dimension`: place or agency."""
    named = [("country", "", "", "", whole)]
    named += [(dimension, row.code, row.name_vi, row.name_en, row.counts) for row in rows]
    for of, code, name_vi, name_en, counts in named:
        has_people = of != Dimension.AGENCY
        yield {
            "as_of": day.isoformat(),
            "window": window,
            "kind": kind,
            "dimension": of,
            "code": code,
            "name_vi": name_vi,
            "name_en": name_en,
            "POP": counts.population,
            "REG": counts.registered if has_people else None,
            "VER": counts.proven if has_people else None,
            "UNI_REACH": counts.reach if has_people else None,
            "PART": counts.part if has_people else None,
            "ACT": counts.active,
            "UNI_USED": counts.used,
            "UNI_STRICT": counts.strict,
        }
