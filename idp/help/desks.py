"""Desks near somebody: looked for by the name of a commune, or in the list of a province."""

from collections.abc import Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from idp.desks.lookup import Found, ProvinceWithDesks, find_desks, list_provinces
from idp.kit.immutable import immutable
from idp.web.db import transaction
from idp.web.desks import PATH
from idp.web.forms import Query, read_page
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_LONGEST = 60


@immutable
class DesksPage:
    """What was looked for, and the desks found; None: nothing was looked for yet."""

    commune: str
    province: ProvinceWithDesks | None
    provinces: Sequence[ProvinceWithDesks]
    found: Found | None

    def at(self, page: int) -> str:
        """The address of another page of the same."""
        asked = {
            "commune": self.commune,
            "province": self.province.code if self.province else "",
            "page": str(page) if page > 1 else "",
        }
        return f"{PATH}?{urlencode({name: value for name, value in asked.items() if value})}"


@router.get(PATH)
def show(request: Request, query: Query) -> Response:
    """A search, a province, or the list of provinces."""
    commune, on = " ".join(query.get("commune", "").split())[:_LONGEST], Site.of(request).today
    with transaction(request) as db:
        provinces = list_provinces(db, on=on)
        province = next((p for p in provinces if p.code == query.get("province")), None)
        found = None
        if commune or province:
            code = province.code if province else ""
            page = read_page(query.get("page", ""))
            found = find_desks(
                db, on=on, commune=commune.partition(",")[0], province_code=code, page=page
            )
        shown = DesksPage(commune, province, provinces, found)
        return render(request, "help/desks.html", shown)
