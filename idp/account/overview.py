"""The account's first page: how surely services know the person, which do, and who signed in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.account.entry import owner_page
from idp.account.factor import (
    find_codes,
    has_idle_texts,
    is_by_code,
    may_have_lost_passkey,
    own_keys,
)
from idp.account.level import OwnLevel, level_of
from idp.account.next_steps import NextStep, Standing, next_steps, strengths
from idp.account.part import AccountPart
from idp.catalogue.lookup import count_services
from idp.consents.lookup import list_consents
from idp.factors.credentials import Credentials, read_credentials
from idp.factors.kinds import PASSKEY
from idp.factors.passkey_offers import claim_offer
from idp.factors.recovery_codes import CodeSet
from idp.journal.event import TOLD
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.outbox.messages import list_messages
from idp.people.letters import has_returned
from idp.people.profile import read_profile
from idp.recovery.cancelling import find_stop
from idp.sessions.lookup import CurrentSession, SessionSummary, list_sessions
from idp.web.cookies import makes_passkeys
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.satisfaction import Asked, asked_of
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
PATH = "/account"
ANSWERS = f"{PATH}/satisfaction"
_NEWEST = 5
_JUST = timedelta(minutes=1)


@immutable
class LastSignIn:
    """The newest sign-in of which a session lives.

    Nobody looks up where an address is, so the place is told by the network: whether it is the one
    that the page is opened from. None where either address is unknown.
    """

    at: datetime
    device: str
    is_here: bool
    is_same_network: bool | None


@immutable
class OverviewPage:
    """What the person can do, and what they should look at.

    `opened` of `services` public services take the level they can reach. `may_object`: there is a
    second step that may be somebody else's.
    """

    name: str
    stop: str | None
    """What the link ends with that stops a recovery of somebody else's."""
    level: OwnLevel
    opened: int
    services: int
    connected: int
    last: LastSignIn | None
    others: int
    """Browsers signed in besides this one."""
    may_object: bool
    steps: tuple[NextStep, ...]
    strengths: tuple[str | Message, ...]
    is_by_code: bool
    """Signed in by one of those, without the app."""
    may_have_lost_passkey: bool
    offers_passkey: bool
    """Once a month, where the device can keep one."""
    asked: Asked | None
    """How the last sign-in went, of who shares something with a service; one question a page."""


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """The page, for whoever is signed in."""
    credentials = read_credentials(db, person_id=session.person_id)
    keys = own_keys(request, db, credentials)
    level = level_of(request, session, credentials, keys=keys)
    counted = count_services(db)
    sessions = list_sessions(db, person_id=session.person_id)
    consents = list_consents(db, person_id=session.person_id)
    standing = replace(
        _standing(request, db, session, level, find_codes(db, credentials)),
        has_idle_texts=has_idle_texts(request, credentials),
    )
    offers_passkey = _offers_passkey(request, db, credentials)
    page = OverviewPage(
        name=session.name,
        stop=_find_stop(request, db, session),
        level=level,
        opened=sum(number for acr, number in counted.items() if acr in level.reached),
        services=sum(counted.values()),
        connected=len({consent.relying_party_id for consent in consents}),
        last=_last(request, session, sessions),
        others=sum(each.sid != session.sid for each in sessions),
        may_object=bool(credentials.unconfirmed(at=clock.now(), shown=session.shown)),
        steps=next_steps(standing),
        strengths=strengths(standing),
        is_by_code=is_by_code(session, credentials),
        may_have_lost_passkey=may_have_lost_passkey(session, credentials),
        offers_passkey=offers_passkey,
        asked=_asked(request, db, session) if consents and not offers_passkey else None,
    )
    return render(request, "account/overview.html", page)


def _find_stop(request: Request, db: Session, session: CurrentSession) -> str | None:
    """What stops a recovery that began since they signed in: what waited before, that stopped."""
    if clock.now() - session.authenticated_at < _JUST:
        return None
    return find_stop(db, keyring=Site.of(request).keyring, person_id=session.person_id)


def _asked(request: Request, db: Session, session: CurrentSession) -> Asked | None:
    number = session.subject_number
    return asked_of(request, db, person_id=session.person_id, subject_number=number, path=ANSWERS)


def _offers_passkey(request: Request, db: Session, own: Credentials) -> bool:
    is_useful = AccountPart.of(request).passkeys.is_on and PASSKEY not in own.held
    may_make = is_useful and makes_passkeys(request)
    return may_make and claim_offer(db, person_id=own.person_id, at=clock.now())


def _standing(
    request: Request,
    db: Session,
    session: CurrentSession,
    level: OwnLevel,
    codes: CodeSet | None,
) -> Standing:
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    return Standing(
        level=level,
        email=profile.email,
        is_email_confirmed=profile.email_verified,
        is_phone_confirmed=profile.phone_verified,
        is_unreached=profile.email_verified and _came_back(db, session),
        has_letter_back=_has_letter_back(request, db, session),
        may_be_reached=AccountPart.of(request).offers_mail,
        codes=codes,
        may_make_codes=session.authentication > 1,
    )


def _has_letter_back(request: Request, db: Session, session: CurrentSession) -> bool:
    is_asked = not session.proofing and AccountPart.of(request).post.is_offered
    return is_asked and has_returned(db, person_id=session.person_id)


def _came_back(db: Session, session: CurrentSession) -> bool:
    """Whether the newest notice that was settled could not be delivered."""
    to_them = str(session.subject_number)
    newest = list_messages(db, kind=TOLD[0], recipient=to_them, limit=_NEWEST)
    settled = (one.outcome for one in newest if one.outcome is not None)
    return next(settled, "") == "failed"


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
