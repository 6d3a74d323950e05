"""`/portal/figures`: the agency's own figures of a frozen month, and as a file; true counts."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from idp.catalogue.lookup import list_agencies
from idp.catalogue.models import Agency
from idp.figures.digests import choose_digest, wants_digest
from idp.figures.frozen import FrozenMonth
from idp.figures.ladder import RUNGS
from idp.figures.open_rows import of_month
from idp.figures.own import Own, OwnRow, read_own
from idp.figures.reasons import REASONS
from idp.figures.rolling_read import OwnDays, of_agency
from idp.figures.slice_rows import Dimension
from idp.figures.slices import list_months, month_before
from idp.kit import clock
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.portal.entry import Frame, StaffVisit, for_staff
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.internal_files import KINDS, internal_file
from idp.web.messages import N_, Message
from idp.web.paging import Leaf, cut
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
PATH = "/portal/figures"
PARTS = "services", "systems"
"""What an agency may have many of, each on pages of their own."""
_LISTED = 7
"""Of them on a page."""
_MONTHS = 12
_WANTED = Message("Your agency gets the figures of each month by mail.")
_UNWANTED = Message("Your agency gets no more figures by mail.")


@immutable
class FiguresPage:
    """The page; `own` is None as long as no month is frozen."""

    frame: Frame
    agencies: tuple[Agency, ...]
    agency: Agency
    months: tuple[FrozenMonth, ...] = ()
    """The newest first."""
    own: Own | None = None
    part: str = ""
    """Of PARTS; empty: the agency itself."""
    leaf: Leaf[OwnRow] | None = None
    """A page of that part."""
    days: OwnDays | None = None
    """The last days, provisional; None: they have not been counted yet."""
    wants_digest: bool = True
    steps = RUNGS
    reasons = REASONS

    def link(self, path: str = PATH, **changes: str) -> str:
        """The address with the filters in force, some of them changed."""
        of_several = {"agency": self.agency.code} if len(self.agencies) > 1 else {}
        is_newest = self.own is None or self.own.month == self.months[0]
        month = {} if is_newest or self.own is None else {"month": self.own.month.name}
        query = urlencode({**of_several, **month, **changes})
        return f"{path}?{query}" if query else path


@immutable
class _Asked:
    agencies: tuple[Agency, ...]
    agency: Agency
    months: tuple[FrozenMonth, ...]
    month: FrozenMonth | None

    def read(self, visit: StaffVisit) -> Own | None:
        if self.month is None:
            return None
        before = month_before(self.months, self.month)
        return read_own(visit.db, self.month, before, agency=self.agency)


@router.get(PATH)
@for_staff
def show(visit: StaffVisit, query: Query) -> Response:
    """`agency` and `month` choose; `part` is what is listed, `page` the page of it."""
    asked = _asked(visit, query)
    own = asked.read(visit)
    part = query.get("part", "")
    rows = getattr(own, part) if own and part in PARTS else ()
    page = FiguresPage(
        frame=visit.visitor.frame,
        agencies=asked.agencies,
        agency=asked.agency,
        months=asked.months[:_MONTHS],
        own=own,
        part=part if own and part in PARTS else "",
        leaf=cut(rows, query, most=_LISTED),
        days=of_agency(visit.db, asked.agency.id),
        wants_digest=wants_digest(visit.db, agency_id=asked.agency.id),
    )
    name = "portal/figures_part.html" if page.part else "portal/figures.html"
    return render(visit.request, name, page)


@router.post(f"{PATH}/digest")
@for_staff
def choose(visit: StaffVisit, fields: OwnForm) -> Response:
    """Whether the agency gets the monthly digest; sent twice, it is chosen once."""
    agencies = list_agencies(visit.db, agency_ids=visit.visitor.agency_ids)
    agency = next((each for each in agencies if each.code == fields.get("agency")), None)
    if agency is None:
        raise NotFound(N_("There is no page at this address."))
    is_wanted = fields.get("digest") == "yes"
    choose_digest(visit.db, agency_id=agency.id, is_wanted=is_wanted, at=clock.now())
    told = _WANTED if is_wanted else _UNWANTED
    path = f"{PATH}?{urlencode({'agency': agency.code})}" if len(agencies) > 1 else PATH
    return go_and_tell(visit.request, path, told)


COLUMNS = (
    *("month", "version", "freeze", "agency", "kind", "code", "name_vi", "name_en"),
    *("people_12_months", "people_change", "people_month", "both_tiers", "begun", "begun_change"),
    *("success", "refused_level", "refused", "refused_because", "abandoned"),
    *("satisfied", "answers", "level_4_step"),
    *("days_to", "people_365_days", "people_90_days", "people_30_days"),
)


@for_staff
def give_file(visit: StaffVisit, query: Query) -> Response:
    """All of it, with the filters of the page; every row says that it is internal."""
    kind = visit.request.url.path.rpartition(".")[2]
    asked = _asked(visit, query)
    own = asked.read(visit)
    days = of_agency(visit.db, asked.agency.id)
    name = f"{asked.agency.code}-{own.month.name if own else 'empty'}"
    return internal_file(name, kind, _rows(own, days) if own else (), COLUMNS)


for _kind in KINDS:
    router.add_api_route(f"{PATH}.{_kind}", give_file, methods=["GET"])


def _asked(visit: StaffVisit, query: Mapping[str, str]) -> _Asked:
    """Of the visitor's own agencies; raises NotFound for any other, and for a month not frozen."""
    agencies = tuple(list_agencies(visit.db, agency_ids=visit.visitor.agency_ids))
    code = query.get("agency") or agencies[0].code
    agency = next((each for each in agencies if each.code == code), None)
    months = tuple(reversed(list_months(visit.db)))
    wanted = query.get("month", "")
    month = next((each for each in months if each.name == wanted or not wanted), None)
    if agency is None or (wanted and month is None):
        raise NotFound(N_("There is no page at this address."))
    return _Asked(agencies, agency, months, month)


def _rows(own: Own, days: OwnDays | None) -> Iterator[Mapping[str, Any]]:
    for row in own.rows:
        ended = row.ended
        of_days = days.as_columns() if days and row is own.agency else {}
        yield {
            **of_month(own.month),
            "agency": own.agency.code,
            "kind": row.kind.value,
            "code": row.code,
            "name_vi": row.name_vi,
            "name_en": row.name_en,
            "people_12_months": row.people,
            "people_change": row.people_change,
            "people_month": row.people_in_month,
            "both_tiers": row.now.uni_used,
            "begun": ended.begun,
            "begun_change": row.begun_change,
            "success": ended.success,
            "refused_level": ended.refused_level,
            "refused": ended.refused,
            "refused_because": "; ".join(f"{r}: {n}" for r, n in sorted(ended.reasons.items())),
            "abandoned": ended.abandoned,
            "satisfied": row.now.said.satisfied if has_voice(row) else None,
            "answers": row.now.said.answers if has_voice(row) else None,
            "level_4_step": row.step.value if row.step else "",
            **of_days,
        }


def has_voice(row: OwnRow) -> bool:
    """Whether it is said what people say: of few answers nothing is kept, of systems none."""
    return row.kind is not Dimension.SYSTEM and row.now.said.answers > 0
