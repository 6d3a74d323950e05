"""What the scores of provinces and ministries are made of: a frozen month, and the registry.

Counts of people are those that outside readers see (`disclosure`), so that no score tells more.
Systems and their lists are as the month froze them, where it did; services, and the systems of
months frozen before lists were, as the registry has them today.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, InformationSystem, LoginState, PublicService, Tier
from idp.figures.days import month_start, months_between
from idp.figures.disclosure import STEP, disclose
from idp.figures.frozen import FrozenMonth, Said
from idp.figures.heard import heard, heard_by_unit
from idp.figures.ladder import Step, reached_steps
from idp.figures.rates import Rate
from idp.figures.score import Measure, NotMeasurable, Share, UnitKind
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import YEAR, Dimension
from idp.figures.slices import FigureOf, by_place, list_provinces, read_month, slices
from idp.figures.unit_lists import read_list_measures
from idp.figures.units import UnitKey, units
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.kit.languages import Named
from idp.settings.people import Target

RISE_MONTHS = 3
_RUNGS = [*Step]


@immutable
class Unit(Named):
    """A province or a ministry, and what is measured of it by component id."""

    kind: UnitKind
    code: str
    measures: Mapping[str, Measure]


@immutable
class Asked:
    """What the rise is compared with: the target, and by when it is to be reached."""

    target: Target
    catch_up_on: date | None


def read_units(db: Session, month: FrozenMonth, kind: UnitKind, *, asked: Asked) -> list[Unit]:
    """Every unit of that kind, by code (a ministry by its own)."""
    registry = _registry(db, month)
    if kind is UnitKind.PROVINCE:
        of_people, said = _of_provinces(db, month, asked), _said_of_provinces(db, month)
        return [
            Unit(
                vi,
                en,
                kind,
                code,
                {**registry[kind, code], **of_people(code), **heard(said.get(code, Said()))},
            )
            for code, vi, en in list_provinces(db)
        ]
    used = {each.code: each for each in slices(db, month, Dimension.MINISTRY)}
    ministries = []
    for agency in _ministries(db.connection()):
        code = str(agency.id)
        own = used.get(code)
        share = _of_people(own.uni_used, own.active[YEAR]) if own else NotMeasurable()
        measures = {**registry[kind, code], "unified_use": share}
        measures |= heard(own.said if own else Said())
        ministries.append(Unit(agency.name_vi, agency.name_en, kind, code, measures))
    return ministries


def _said_of_provinces(db: Session, month: FrozenMonth) -> dict[str, Said]:
    """Of services whose owner stands in the province."""
    unit_of = {
        str(agency): code
        for agency, (kind, code) in units(db.connection())
        if kind is UnitKind.PROVINCE
    }
    return heard_by_unit(slices(db, month, Dimension.AGENCY), unit_of)


def rise(
    before: tuple[int, int], now: tuple[int, int], *, months: int, months_left: int, target: Target
) -> Measure:
    """The rise of so many months, of the one that they would have taken to arrive in time.

    `before` and `now`: used and everyone; `months_left`: from `before` to the due date. All of it
    where the target is reached.
    """
    (used, everyone), (used_now, everyone_now) = before, now
    if 100 * used_now >= target.percent * everyone_now:
        return Share(1, 1)
    if months_left < months:
        return NotMeasurable()
    needed = (Fraction(target.percent, 100) - Fraction(used, everyone)) * months / months_left
    came = max(Fraction(0), Fraction(used_now, everyone_now) - Fraction(used, everyone))
    part = min(Fraction(1), came / needed) if needed > 0 else Fraction(1)
    return Share(part.numerator, part.denominator)


def _of_provinces(db: Session, month: FrozenMonth, asked: Asked) -> Any:
    now = by_place(db, month)
    earlier = read_month(db, month_start(month.month_on, months_before=RISE_MONTHS))
    past = by_place(db, earlier) if earlier else {}

    def measures(code: str) -> dict[str, Measure]:
        own, before = now.get(code, {}), past.get(code, {})
        return {
            "unified_use": _of_people(own.get(_USED, 0), own.get(_POPULATION), asked.target),
            "path": _of_people(own.get(_SUCCEEDED, 0), own.get(_BEGAN, 0)),
            "rise": _rise(before, own, month.month_on, asked),
        }

    return measures


_USED: FigureOf = (PERSON, "UNI_USED", YEAR)
_POPULATION: FigureOf = (PERSON, "POP", AT_DAY)
_SUCCEEDED: FigureOf = (PERSON, "SUCCEEDED", YEAR)
_BEGAN: FigureOf = (PERSON, "BEGAN", YEAR)


def _rise(
    before: Mapping[FigureOf, int], now: Mapping[FigureOf, int], on: date, asked: Asked
) -> Measure:
    months = []
    for figures in (before, now):
        used, everyone = (disclose(figures.get(key)).value for key in (_USED, _POPULATION))
        if used is None or not everyone:
            return NotMeasurable()
        months.append((used, everyone))
    if asked.catch_up_on is None:
        return NotMeasurable()
    due = asked.catch_up_on
    left = months_between(on, due) + RISE_MONTHS
    then, today = months
    return rise(then, today, months=RISE_MONTHS, months_left=left, target=asked.target)


def _of_people(some: int, everyone: int | None, target: Target | None = None) -> Measure:
    """A share of people as it is printed; not measurable where that would tell of a few.

    What is below the target stays below, whatever rounding makes of it.
    """
    rest = None if everyone is None else everyone - some
    shown, whole = disclose(some).value, disclose(everyone).value
    if shown is None or not whole or disclose(rest).value is None:
        return NotMeasurable()
    if target and Rate(some, everyone).gap(target) and not Rate(shown, whole).gap(target):
        shown -= STEP
    return Share(shown, whole)


def _registry(db: Session, month: FrozenMonth) -> dict[UnitKey, dict[str, Measure]]:
    """What the registry of today says of each unit; over it, what the freeze says of systems."""
    connection, as_of = db.connection(), month.month_on
    unit_of = dict(units(connection))
    found: dict[UnitKey, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    steps = reached_steps(connection, as_of=as_of)
    services = table_of(PublicService).c
    columns = (services.id, services.agency_id, services.declared_login)
    for service, agency, is_declared in connection.execute(select(*columns)):
        if service in steps and agency in unit_of:
            rung = _RUNGS.index(steps[service])
            own = found[unit_of[agency]]
            own["declared"].append(is_declared)
            own["tested_services"].append(rung >= _RUNGS.index(Step.TESTED))
            own["exclusive_services"].append(rung >= _RUNGS.index(Step.EXCLUSIVE))
    systems = table_of(InformationSystem).c
    for agency, state in connection.execute(
        select(systems.agency_id, systems.login_state).where(systems.needs_sign_in)
    ):
        if agency in unit_of:
            is_exclusive = state == LoginState.EXCLUSIVE
            found[unit_of[agency]]["exclusive_systems"].append(is_exclusive)
    shares: dict[UnitKey, dict[str, Measure]] = defaultdict(dict)
    for unit, measures in found.items():
        shares[unit] |= {name: Share(sum(each), len(each)) for name, each in measures.items()}
    listed = read_list_measures(db, month, unit_of=unit_of)
    for unit, of_lists in listed.items():
        shares[unit] |= of_lists
    return shares


def _ministries(connection: Connection) -> list[Row[Any]]:
    """Central agencies below no other, as they are today, by code."""
    agencies = table_of(Agency)
    statement = select(agencies).where(
        agencies.c.tier == Tier.CENTRAL,
        agencies.c.parent_id.is_(None),
        agencies.c.ended_on.is_(None),
    )
    return list(connection.execute(statement.order_by(agencies.c.code)))
