"""Which models of hardware keys count higher here: what the file says that settings name."""

from starlette.responses import Response

from idp.console.entry import KEYS, Operator, OperatorVisit, for_operators
from idp.factors.key_models import KeyModel
from idp.kit.immutable import immutable
from idp.web.forms import Query, read_page
from idp.web.paging import Leaf, leaf_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_LISTED = 10
"""Models on a page."""


@immutable
class KeysPage:
    """A page of them, by name."""

    operator: Operator
    leaf: Leaf[KeyModel]


@router.get(KEYS)
@for_operators
def show_keys(visit: OperatorVisit, query: Query) -> Response:
    """The models that this process has read at its start."""
    number = read_page(query.get("page", ""))
    models = Site.of(visit.request).factor_rules.models.values()
    found = sorted(models, key=lambda model: (model.name, model.aaguid.int))
    first = (number - 1) * _LISTED
    page = KeysPage(
        visit.visitor, leaf_of(found[first : first + _LISTED + 1], number, most=_LISTED)
    )
    return render(visit.request, "console/keys.html", page)
