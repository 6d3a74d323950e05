"""My details: who the provider says the person is, how surely, and for whom they may act."""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.account.factor import own_keys
from idp.account.level import OwnLevel, level_of
from idp.account.part import AccountPart
from idp.factors.credentials import read_credentials
from idp.kit.immutable import immutable
from idp.mandates.representations import RepresentedOrganization, list_representations
from idp.people.identifiers import OwnNumber, find_own_number, mask_number
from idp.people.models import ContactKind
from idp.people.profile import PersonProfile, read_profile
from idp.sessions.lookup import CurrentSession
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
PATH = "/account/details"


@immutable
class DetailsPage:
    """The register's details, the level the person can reach, and what would raise it."""

    name: str
    number: str
    profile: PersonProfile = field(repr=False)
    level: OwnLevel
    organizations: tuple[RepresentedOrganization, ...]
    offers_texts: bool


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The page; the number is masked, also for its owner: somebody may look over the shoulder."""
    credentials = read_credentials(db, person_id=session.person_id)
    site = Site.of(request)
    own = find_own_number(db, keyring=site.keyring, person_id=session.person_id)
    profile = read_profile(db, keyring=site.keyring, person_id=session.person_id)
    page = DetailsPage(
        name=session.name,
        number=_shown(own),
        profile=profile,
        level=level_of(request, session, credentials, keys=own_keys(request, db, credentials)),
        organizations=tuple(list_representations(db, person_id=session.person_id, on=site.today)),
        offers_texts=ContactKind.PHONE in AccountPart.of(request).reached_by,
    )
    return render(request, "account/details.html", page)


def _shown(own: OwnNumber | None) -> str:
    """The number, masked; of a claim also the digits after it, by which its owner signs in."""
    if own is None:
        return ""
    return f"{mask_number(own.number)} {own.claim[len(own.number) :]}".strip()
