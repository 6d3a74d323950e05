"""When provinces reach the target, by the counts that everybody sees: rounded, a few left out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from idp.adoption.filters import Chosen
from idp.adoption.part import AdoptionPart
from idp.figures.disclosure import STEP, Shown
from idp.figures.forecast import Expected, Reached, TooFew
from idp.figures.outlook import Outlook, look_ahead
from idp.figures.place_series import UsedOf, place_series
from idp.figures.rates import Rate
from idp.figures.sets import PERSON
from idp.figures.slices import list_whole_months
from idp.settings.people import Target


def place_outlooks(
    db: Session, chosen: Chosen, part: AdoptionPart, *, code: str | None = None
) -> dict[str, Outlook]:
    """By code of the provinces as they are today, or of one; of months up to the chosen one."""
    months = [m for m in list_whole_months(db) if m.month_on <= chosen.month.month_on]
    if not months:
        return {}
    days = [month.month_on for month in months]
    found = place_series(db, months, code=code)
    return {place: _outlook(days, pairs, part) for place, pairs in found.items()}


def arrival(outlook: Outlook | None) -> date | str | None:
    """The first day of the month of arrival; `met`; None where nobody can say."""
    match outlook.answer if outlook else None:
        case Reached():
            return "met"
        case Expected(about_on=day):
            return day
        case _:
            return None


def _outlook(days: Sequence[date], pairs: Sequence[UsedOf], part: AdoptionPart) -> Outlook:
    target = part.target
    rates = [(day, _printed(*pair, target)) for day, pair in zip(days, pairs, strict=True)]
    found = look_ahead(PERSON, rates, target=target, catch_up_on=part.catch_up_on)
    last = rates[-1][1]
    return replace(found, answer=TooFew()) if last.numerator is None and last.denominator else found


def _printed(used: int, everyone: int | None, target: Target) -> Rate:
    """As it is printed; what is below the target stays below, whatever rounding makes of it."""
    shown = Shown.of(used, everyone, target=target)
    count, whole = shown.numerator.value, shown.denominator.value
    is_below = shown.percent is not None and shown.percent < target.percent
    if count is not None and is_below and not Rate(count, whole).gap(target):
        count -= STEP
    return Rate(count, whole)
