"""How an agency or a service was used, month by month, as outside readers see it."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from idp.adoption.agencies_data import Usage, usage_of
from idp.adoption.filters import Chosen
from idp.catalogue.lookup import list_bearers
from idp.catalogue.models import Agency
from idp.figures.frozen import FrozenMonth
from idp.figures.sign_ins_read import outcomes_by_agency
from idp.figures.slice_rows import Dimension
from idp.figures.slices import slices
from idp.figures.sums_of_sign_ins import hidden_of_agencies, hidden_of_services
from idp.kit.immutable import immutable


@immutable
class UsedMonth:
    """One month, of 12 whole months each; sign-ins are those of the month alone."""

    month: FrozenMonth
    usage: Usage


def read_agency_months(
    db: Session, chosen: Chosen, *, code: str
) -> tuple[Agency, tuple[UsedMonth, ...]] | None:
    """The agency that bears the code, if it was used in the month; else who bore it before.

    With the last twelve months in which it was used, the chosen one first.
    """
    for agency in list_bearers(db, code=code):
        now = _agency_month(db, chosen.month, str(agency.id))
        if now:
            earlier = (_agency_month(db, m, str(agency.id)) for m in reversed(chosen.up_to[:-1]))
            return agency, (now, *(each for each in earlier if each))
    return None


def read_service_months(
    db: Session, chosen: Chosen, code: str, *, of_agency: Collection[str]
) -> tuple[UsedMonth, ...]:
    """Those in which a service was used; `of_agency`: all that stand in its agency's sums."""
    found = []
    for month in reversed(chosen.up_to):
        every = slices(db, month, Dimension.SERVICE, [*of_agency])
        hidden = hidden_of_services({each.code: each.outcomes for each in every})
        found += [UsedMonth(month, usage_of(s, hidden[code])) for s in every if s.code == code]
    return tuple(found)


def _agency_month(db: Session, month: FrozenMonth, code: str) -> UsedMonth | None:
    """None: nobody used it. How sign-ins ended at all others is read, too, as sums hide some."""
    hidden = hidden_of_agencies(outcomes_by_agency(db, month)).get(code)
    if hidden is None:
        return None
    (own,) = slices(db, month, Dimension.AGENCY, [code])
    return UsedMonth(month, usage_of(own, hidden))
