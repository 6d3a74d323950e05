"""The table of satisfaction; and how many agencies publish theirs, which is a target (T11)."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.catalogue.models import Agency, PublicService
from idp.figures.disclosure import Voice
from idp.figures.frozen import FrozenMonth, Said
from idp.figures.open_rows import OF_MONTH, STARS, OpenTable, TrueRow
from idp.figures.rates import Rate
from idp.figures.said import ANSWERED
from idp.figures.sets import MONTHS
from idp.figures.slice_rows import WINDOWS, Dimension
from idp.figures.slices import FigureOf, figures_by, national, read_month
from idp.kit.messages import N_

_OF = (Dimension.MINISTRY, Dimension.AGENCY, Dimension.SERVICE)


def publishing(db: Session) -> Rate | None:
    """Agencies with answers enough in the newest frozen month, of those that own a service.

    None as long as no month is frozen.
    """
    month = read_month(db, None)
    if month is None:
        return None
    found = figures_by(db, month, Dimension.AGENCY)
    answered = sum((ANSWERED, "ANSWERS", MONTHS) in figures for figures in found.values())
    owners = db.scalar(select(func.count(PublicService.agency_id.distinct()))) or 0
    return Rate(answered, owners)


def _satisfaction(db: Session, month: FrozenMonth) -> list[TrueRow]:
    rows = [*_rows(Dimension.COUNTRY, "", "", national(db, month))]
    for dimension in _OF:
        found = figures_by(db, month, dimension)
        answered = {c: f for c, f in found.items() if any(kind == ANSWERED for kind, *_ in f)}
        named = _names(db, dimension, [UUID(code) for code in answered])
        for code, name, id_ in sorted(named):
            rows += _rows(dimension, code, name, answered[str(id_)])
    return rows


def _rows(
    dimension: Dimension, code: str, name: str, figures: Mapping[FigureOf, int]
) -> Iterator[TrueRow]:
    for window in WINDOWS:
        counts = (figures.get((ANSWERED, each, window), 0) for each in ("ANSWERS", "SATISFIED"))
        said = Said(*counts)
        if not said.answers:
            continue
        voice = Voice.of(said)
        yield TrueRow(
            f"{dimension} {code} {window}",
            {"by": dimension.value, "code": code, "name": name, "window": window},
            {
                "answers": said.answers,
                "satisfied_percent": 100 * said.satisfied // said.answers,
            },
            is_of_things=True,
            printed={"answers": voice.answers, "satisfied_percent": voice.percent},
        )


def _names(db: Session, dimension: Dimension, ids: list[UUID]) -> list[tuple[str, str, UUID]]:
    of_service = dimension is Dimension.SERVICE
    table = PublicService if of_service else Agency
    code = PublicService.procedure_code if of_service else Agency.code
    found = db.execute(select(code, table.name_vi, table.id).where(table.id.in_(ids)))
    return [(code, name, id_) for code, name, id_ in found]


SATISFACTION = OpenTable(
    "satisfaction",
    N_("Satisfaction: answers to the question after a sign-in"),
    {
        **OF_MONTH,
        "by": N_("country, ministry, agency or service"),
        "code": N_("The code of the agency, or of the procedure; empty: the country"),
        "name": N_("Its name in Vietnamese"),
        "window": N_("So many whole months to the end of the month"),
        "answers": N_("Answers, 30 at least, cut down to 5; they are of nobody"),
        "satisfied_percent": N_("Of them, satisfied: whole percent, cut down"),
        **STARS,
    },
    _satisfaction,
)
