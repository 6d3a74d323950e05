"""This number is mine: where to go when somebody else has an account with one's number."""

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.reclaim import is_given_back
from idp.kit.immutable import immutable
from idp.people.declaration import FACE_TO_FACE
from idp.web.forms import Query
from idp.web.links import back_to_sign_in
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = "/number-is-mine"


@immutable
class NumberIsMinePage:
    """Whether a desk gives back the account of somebody it saw face to face: as the rule says.

    `back`: to the sign-in that led here, or empty.
    """

    is_verified_given_back: bool = is_given_back(FACE_TO_FACE)
    back: str = ""


@router.get(PATH)
def show(request: Request, query: Query) -> Response:
    """The page, the same for everyone; it reads no row. `signin` is the sign-in that led here."""
    page = NumberIsMinePage(back=back_to_sign_in(query))
    return render(request, "account/number_is_mine.html", page)
