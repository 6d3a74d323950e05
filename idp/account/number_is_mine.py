"""This number is mine: where to go when somebody else has an account with one's number."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.reclaim import is_given_back
from idp.people.declaration import FACE_TO_FACE
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = "/number-is-mine"


@dataclass(frozen=True)
class NumberIsMinePage:
    """Whether a desk gives back the account of somebody it saw face to face: as the rule says."""

    is_verified_given_back: bool = is_given_back(FACE_TO_FACE)


@router.get(PATH)
def show(request: Request) -> Response:
    """The page, the same for everyone; it reads no row."""
    return render(request, "account/number_is_mine.html", NumberIsMinePage())
