"""`/adoption/scores`: how each province and ministry scores, and through what it loses points."""

from decimal import Decimal
from fractions import Fraction

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.part import AdoptionPart
from idp.adoption.scored import CLASSES, Scored, cut_points, read_scored
from idp.adoption.show import show_once
from idp.figures.disclosure import DECIMALS_FROM
from idp.figures.frozen import FrozenMonth
from idp.figures.score import Component, Points, Score, Share, UnitKind
from idp.figures.slices import read_month
from idp.figures.unit_measures import Unit
from idp.kit.db import read_one_instant
from idp.kit.immutable import immutable
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.paging import Leaf, cut
from idp.web.routes import Router

router = Router()
_ON_A_PAGE = 10
COMPONENTS = {
    "declared": N_("Level-4 services declared with an owner and a minimum identity level"),
    "lists": N_("Lists of local sign-ins delivered on time, of 12"),
    "satisfaction_published": N_("Satisfaction published"),
    "rise": N_("Rise in 3 months, of the rise required"),
    "live_in_time": N_("Systems live within 30 days of the request"),
    "exclusive_systems": N_("Systems whose only sign-in is this one"),
    "no_leakage": N_("Sign-ins that are not made through local accounts"),
    "exclusive_services": N_("Level-4 services in use, with this sign-in alone"),
    "unified_use": N_("Unified use, central and local"),
    "tested_services": N_("Level-4 services with a centralized sign-in that was tested"),
    "path": N_("People who reached a service, of those who began"),
    "satisfied": N_("People who are satisfied"),
}
GROUPS = {
    "transparency": N_("Transparency"),
    "progress": N_("Progress"),
    "systems": N_("Unified systems"),
    "online": N_("Online services"),
    "experience": N_("Experience"),
}
_PARTS = {"rise", "no_leakage"}
_ROWS = {
    **dict.fromkeys(
        ("lists", "no_leakage", "live_in_time", "exclusive_systems"), "/adoption/coverage"
    ),
    **dict.fromkeys(("declared", "tested_services", "exclusive_services"), "/adoption/figures"),
    **dict.fromkeys(
        ("unified_use", "path", "satisfied", "satisfaction_published"), "/adoption/agencies"
    ),
}
"""Component → where its rows stand."""


@immutable
class ScoresPage:
    """The units of one kind, the lowest first; or one of them with its components."""

    kind: UnitKind
    month: FrozenMonth | None
    leaf: Leaf[Scored]
    one: Scored | None = None

    def name(self, component: Component) -> str:
        """What is measured, in English."""
        return COMPONENTS[component.id]

    def group(self, component: Component) -> str:
        """The group, in English."""
        return GROUPS[component.group]

    def class_of(self, scored: Score) -> str:
        """The class in English; empty without a total."""
        return CLASSES[scored.name] if scored.name else ""

    def cut(self, points: Fraction) -> Decimal:
        """As points are printed."""
        return cut_points(points)

    def decimals(self, share: Share) -> int:
        """As outside readers see rates elsewhere."""
        return int(share.denominator >= DECIMALS_FROM)

    def is_counted(self, points: Points) -> bool:
        """Whether its numerator and denominator are counts: those of two are parts."""
        return isinstance(points.measure, Share) and points.component.id not in _PARTS

    def rows_of(self, component: Component, unit: Unit) -> str:
        """Where the rows behind it stand; empty for what has no page."""
        if component.id in {"unified_use", "rise", "path"} and unit.kind is UnitKind.PROVINCE:
            return f"/adoption/places/{unit.code}"
        return _ROWS.get(component.id, "")


@router.get("/adoption/scores")
def scores(request: Request, query: Query) -> Response:
    """`kind` chooses provinces or ministries, `unit` one of them by its code, `page` a page."""
    part = AdoptionPart.of(request)
    is_ministry = query.get("kind") == UnitKind.MINISTRY
    kind = UnitKind.MINISTRY if is_ministry else UnitKind.PROVINCE
    with transaction(request) as db:
        read_one_instant(db)
        month = read_month(db, None)
        found = read_scored(db, month, kind, part) if month else []
        one = next((each for each in found if each.unit.code == query.get("unit")), None)
        page = ScoresPage(kind, month, cut(found, query, most=_ON_A_PAGE), one)
        return show_once(request, "adoption/scores.html", page)
