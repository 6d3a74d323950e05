"""How an agency or a service was used, month by month, as outside readers see it."""

from sqlalchemy.orm import Session

from idp.adoption.agencies_data import Usage, usage_of
from idp.adoption.filters import Chosen
from idp.figures.frozen import FrozenMonth
from idp.figures.slice_rows import Dimension
from idp.figures.slices import slices
from idp.kit.immutable import immutable


@immutable
class UsedMonth:
    """One month, of 12 whole months each; sign-ins are those of the month alone."""

    month: FrozenMonth
    usage: Usage


def read_usage_months(
    db: Session, chosen: Chosen, dimension: Dimension, code: str
) -> tuple[UsedMonth, ...]:
    """The last twelve up to the chosen one in which it was used, the newest first."""
    found = [
        UsedMonth(month, usage_of(each))
        for month in chosen.up_to
        for each in slices(db, month, dimension, [code])
    ]
    return tuple(reversed(found))
