"""Who is signed in and what they agreed with one relying party, in one round trip."""

from uuid import UUID

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from idp.consents.lookup import GivenConsent
from idp.consents.models import Consent
from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.people.models import Person
from idp.sessions.lookup import SESSION_COLUMNS, CurrentSession, is_alive
from idp.sessions.models import SignInSession

_FIND = (
    select(*SESSION_COLUMNS, Consent.scopes, Consent.claims, Consent.granted_at)
    .join(Person, Person.id == SignInSession.person_id)
    .outerjoin(
        Consent,
        and_(
            Consent.person_id == SignInSession.person_id,
            Consent.relying_party_id == bindparam("relying_party_id"),
            Consent.withdrawn_at.is_(None),
        ),
    )
    .where(SignInSession.token_hash == bindparam("token_hash"), is_alive())
)


def find_session_and_consent(
    db: Session, *, token: str | None, relying_party_id: UUID | None
) -> tuple[CurrentSession | None, GivenConsent | None]:
    """The live session behind a cookie value, and its person's open consent to the relying party.

    One statement, none for a missing cookie.
    """
    if not token:
        return None, None
    values = {
        "token_hash": token_hash(token),
        "relying_party_id": relying_party_id,
        "now": clock.now(),
    }
    row = db.connection().execute(_FIND, values).one_or_none()
    if row is None:
        return None, None
    *session, scopes, claims, granted_at = row
    consent = None
    if granted_at is not None and relying_party_id is not None:
        consent = GivenConsent(
            relying_party_id=relying_party_id,
            scopes=frozenset(scopes),
            claims=frozenset(claims),
            granted_at=granted_at,
        )
    return CurrentSession(*session), consent
