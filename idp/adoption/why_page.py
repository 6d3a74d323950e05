"""`/adoption/why`: the funnel of the country, how sign-ins end, and who could complete whom."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.actions_data import Told, read_told
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.funnel import Row, completing, people, sign_ins
from idp.adoption.nation import Since, read_nation, since_of
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.disclosure import Cell
from idp.figures.partitions import SIGN_IN
from idp.figures.sets import AT_DAY, MONTHS, PERSON, Figure
from idp.figures.slice_rows import MONTH
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.forms import Query
from idp.web.routes import Router

router = Router()


@immutable
class WhyPage:
    """The page; `chosen` is None as long as no month is frozen."""

    target: Target
    chosen: Chosen | None = None
    since: Since | None = None
    registered: Cell = Cell(None)
    proven: Cell = Cell(None)
    active: Cell = Cell(None)
    """Of the proven, who signed in at the level in 12 months."""
    both: Cell = Cell(None)
    everyone: Cell = Cell(None)
    states: tuple[Row, ...] = ()
    begun: Cell = Cell(None)
    """Sign-ins of the month: no people."""
    ended: tuple[Row, ...] = ()
    completing: tuple[Told, ...] = ()


@router.get("/adoption/why")
def why(request: Request, query: Query) -> Response:
    """Exact counts of the country, starred where one would tell of a few."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> WhyPage:
        chosen = choose(db, filters)
        if chosen is None:
            return WhyPage(part.target)
        now = read_nation(db, chosen.month, target=part.target)
        before = read_nation(db, chosen.before, target=part.target) if chosen.before else None
        told = read_told(db, chosen.month)
        return WhyPage(
            target=part.target,
            chosen=chosen,
            since=since_of(now, before),
            registered=now.cell(PERSON, Figure.REG, AT_DAY),
            proven=now.cell(PERSON, Figure.VER1, AT_DAY),
            active=now.cell(PERSON, Figure.ACT, MONTHS),
            both=now.cell(PERSON, Figure.UNI_USED, MONTHS),
            everyone=now.cell(PERSON, "POP", AT_DAY),
            states=tuple(people(now, before, told)),
            begun=now.cell(SIGN_IN, "BEGUN", MONTH),
            ended=tuple(sign_ins(now)),
            completing=completing(told) if told else (),
        )

    return show(request, "adoption/why_page.html", make, filters=filters.query)
