"""The start page: what this is, and the ways on from it; and the way to an account of one's own."""

from collections.abc import Sequence

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.overview import PATH
from idp.interactions.models import Needs
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import list_to_start
from idp.sessions.lookup import CurrentSession
from idp.web.access import to_sign_in
from idp.web.db import transaction
from idp.web.language import language_of
from idp.web.over import way_to
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.who import signed_in

router = Router()
REGISTER = f"{PATH}/register"
_MOST = 6


@immutable
class Entry:
    """A service that signs people in here, and where it begins."""

    name: str
    agency: str
    href: str


@immutable
class HomePage:
    """Whether the way in or the way to the account is shown, and some services."""

    is_signed_in: bool
    services: Sequence[Entry]


@router.get("/")
def show(request: Request) -> Response:
    """The page: one statement for the services, and one for whoever has a session."""
    language = language_of(request)
    with transaction(request) as db:
        services = [
            Entry(party.name(language), party.agency_name(language), way_to(request, party))
            for party in list_to_start(db, limit=_MOST)
        ]
        page = HomePage(_session(request, db) is not None, services)
        return render(request, "account/home.html", page)


@router.get(REGISTER)
def register(request: Request) -> Response:
    """To the page of registration, and then to the account; who has one here goes there at once."""
    with transaction(request) as db:
        if _session(request, db):
            return RedirectResponse(PATH, status_code=303)
        return to_sign_in(request, db, return_path=PATH, needs=Needs(), page="register")


def _session(request: Request, db: Session) -> CurrentSession | None:
    return signed_in(request, db)
