"""`/adoption/coverage`: who takes part, whose lists are missing, what goes past this sign-in."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.coverage_data import (
    SystemRow,
    Waiting,
    exclusive_by_tier,
    leak_of,
    read_systems,
    waiting_of,
)
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.disclosure import Cell, Shown
from idp.figures.frozen import FrozenMonth
from idp.figures.month_count import MOST_AGENCIES
from idp.figures.nested import of_nation, starred_nation
from idp.figures.participation import Participation, participation_of, with_listed
from idp.figures.rates import DENOMINATOR_OF, Rate
from idp.figures.sets import AT_DAY, PERSON
from idp.figures.slice_rows import MONTH_BEFORE, YEAR, Dimension
from idp.figures.slices import figures_by, national, series
from idp.figures.system_counts import SYSTEM
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.routes import Router

router = Router()
_ON_A_PAGE = 15
TIERS = {
    "central": N_("Central"),
    "province": N_("Province"),
    "district": N_("District"),
    "commune": N_("Commune"),
}

_CELLS = {
    "used": ("UNI_USED", (*DENOMINATOR_OF,)),
    "known": ("PART_LISTED", (*DENOMINATOR_OF,)),
    "unknown": ("PART_UNKNOWN", (*DENOMINATOR_OF,)),
    "strict": ("UNI_STRICT", (PERSON,)),
}
"""Count → the figure of which kinds together."""


@immutable
class Month:
    """One month of the last twelve."""

    month: FrozenMonth
    exclusive: Rate
    leak: Shown
    """Of the month before it."""


@immutable
class CoveragePage:
    """The page; `chosen` is None as long as no month is frozen."""

    target: Target
    chosen: Chosen | None = None
    took_part: Participation | None = None
    cells: Mapping[str, Cell] = field(default_factory=dict)
    """Its counts as outside readers see them: the nation's, exact from ten on."""
    reuse: tuple[tuple[int, Cell], ...] = ()
    """People at two agencies or more, at three, …"""
    tiers: tuple[tuple[str, Rate], ...] = ()
    months: tuple[Month, ...] = ()
    waiting: Waiting | None = None
    leaf: Leaf[SystemRow] | None = None


@router.get("/adoption/coverage")
def coverage(request: Request, query: Query) -> Response:
    """Of a frozen month; `page` chooses a page of the systems."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> CoveragePage:
        chosen = choose(db, filters)
        if chosen is None:
            return CoveragePage(part.target)
        nation = with_listed(national(db, chosen.month))
        took_part, stars = participation_of(nation), starred_nation(nation)
        tiers = exclusive_by_tier(figures_by(db, chosen.month, Dimension.TIER))
        return CoveragePage(
            target=part.target,
            chosen=chosen,
            took_part=took_part,
            cells={
                name: of_nation(nation, stars, [(kind, figure, YEAR) for kind in kinds])
                for name, (figure, kinds) in _CELLS.items()
            },
            reuse=tuple(
                (n, of_nation(nation, stars, [(PERSON, f"REUSE_{n}", YEAR)]))
                for n in range(2, MOST_AGENCIES + 1)
            ),
            tiers=tuple((TIERS[tier], Rate(some, every)) for tier, some, every in sorted(tiers)),
            months=tuple(_months(db, chosen.up_to)),
            waiting=waiting_of(nation),
            leaf=cut(read_systems(db, chosen), query, most=_ON_A_PAGE),
        )

    return show(request, "adoption/coverage.html", make, filters=filters.query)


def _months(db: Session, months: Sequence[FrozenMonth]) -> list[Month]:
    exclusive, systems, local, every = (
        series(db, months, key)
        for key in (
            (SYSTEM, "SYSTEMS_EXCLUSIVE", AT_DAY),
            (SYSTEM, "SYSTEMS", AT_DAY),
            ("sign_in", "LOCAL", MONTH_BEFORE),
            ("sign_in", "LEAK_OF", MONTH_BEFORE),
        )
    )
    return [
        Month(
            month,
            Rate(exclusive[n], systems[n]),
            leak_of(
                {("sign_in", "LOCAL", MONTH_BEFORE): local[n]}
                | {("sign_in", "LEAK_OF", MONTH_BEFORE): every[n]}
            ),
        )
        for n, month in enumerate(months)
    ]
