"""Connected services: who may read what, and withdrawing it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page
from idp.consents.lookup import list_consents
from idp.consents.withdraw import withdraw_consent
from idp.journal.record import record
from idp.relying_parties.lookup import find_party_names
from idp.relying_parties.scopes import SCOPES
from idp.sessions.lookup import CurrentSession
from idp.tokens.end import end_party_grants
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.templates import render

router = APIRouter()
PATH = "/account/services"


@dataclass(frozen=True)
class Connected:
    """A service the person agreed to share with."""

    relying_party_id: UUID
    name: str
    agency: str
    uri: str
    shares: tuple[str, ...]
    granted_at: datetime


@dataclass(frozen=True)
class ServicesPage:
    """Every open consent."""

    name: str
    services: tuple[Connected, ...]


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The list, for whoever is signed in."""
    consents = list_consents(db, person_id=session.person_id)
    names = find_party_names(db, party_ids={c.relying_party_id for c in consents})
    language = language_of(request)
    services = tuple(
        Connected(
            relying_party_id=consent.relying_party_id,
            name=names[consent.relying_party_id].name(language),
            agency=names[consent.relying_party_id].agency_name(language),
            uri=names[consent.relying_party_id].client_uri,
            shares=tuple(
                scope.for_people
                for name, scope in SCOPES.items()
                if name in consent.scopes and scope.for_people
            ),
            granted_at=consent.granted_at,
        )
        for consent in consents
    )
    return render(request, "account/services.html", ServicesPage(session.name, services))


@router.post(f"{PATH}/withdraw")
@owner_page(PATH)
def withdraw(_request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Withdraw a consent of one's own; its tokens die at once."""
    try:
        party_id = UUID(form.get("relying_party", ""))
    except ValueError:
        return RedirectResponse(PATH, status_code=303)
    if withdraw_consent(db, person_id=session.person_id, relying_party_id=party_id):
        end_party_grants(db, person_id=session.person_id, relying_party_id=party_id)
        record(
            db,
            event="consent.withdrawn",
            subject_number=session.subject_number,
            relying_party_id=party_id,
            counted=False,
        )
    return RedirectResponse(PATH, status_code=303)
