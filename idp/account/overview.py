"""The account's first page: how surely services know the person, which do, and who signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.account.factor import find_codes, is_by_code
from idp.account.level import OwnLevel, level_of
from idp.catalogue.lookup import count_services
from idp.consents.lookup import list_consents
from idp.factors.credentials import read_credentials
from idp.factors.recovery_codes import CodeSet
from idp.kit import clock
from idp.sessions.lookup import CurrentSession, SessionSummary, list_sessions
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
PATH = "/account"


@dataclass(frozen=True)
class LastSignIn:
    """The newest sign-in of which a session lives.

    Nobody looks up where an address is, so the place is told by the network: whether it is the one
    that the page is opened from. None where either address is unknown.
    """

    at: datetime
    device: str
    is_here: bool
    is_same_network: bool | None


@dataclass(frozen=True)
class OverviewPage:
    """What the person can do, and what they should look at.

    `opened` of `services` public services take the level they can reach. `may_object`: there is a
    second step that may be somebody else's.
    """

    name: str
    level: OwnLevel
    opened: int
    services: int
    connected: int
    last: LastSignIn | None
    others: int
    """Browsers signed in besides this one."""
    may_object: bool
    codes: CodeSet | None
    """Their recovery codes, if they have any."""
    may_make_codes: bool
    is_by_code: bool
    """Signed in by one of those, without the app."""


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The page, for whoever is signed in."""
    credentials = read_credentials(db, person_id=session.person_id)
    level = level_of(request, session, credentials)
    counted = count_services(db)
    sessions = list_sessions(db, person_id=session.person_id)
    consents = list_consents(db, person_id=session.person_id)
    page = OverviewPage(
        name=session.name,
        level=level,
        opened=sum(number for acr, number in counted.items() if acr in level.reached),
        services=sum(counted.values()),
        connected=len({consent.relying_party_id for consent in consents}),
        last=_last(request, session, sessions),
        others=sum(each.sid != session.sid for each in sessions),
        may_object=bool(credentials.unconfirmed(at=clock.now(), shown=session.shown)),
        codes=find_codes(db, credentials),
        may_make_codes=session.authentication > 1,
        is_by_code=is_by_code(session, credentials),
    )
    return render(request, "account/overview.html", page)


def _last(
    request: Request, session: CurrentSession, sessions: Sequence[SessionSummary]
) -> LastSignIn | None:
    newest = max(sessions, key=lambda each: each.created_at, default=None)
    if newest is None:
        return None
    here, there = client_ip(request), newest.source_address
    return LastSignIn(
        at=newest.created_at,
        device=newest.device,
        is_here=newest.sid == session.sid,
        is_same_network=here == there if here and there else None,
    )
