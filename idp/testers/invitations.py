"""Inviting people to try an application, and taking that back."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.people.identifiers import find_person, hash_number, hashes_of, mask_number
from idp.rate_limits import Allowance, count
from idp.relying_parties.lifecycle import note
from idp.relying_parties.models import Environment, RelyingParty
from idp.testers.models import TESTERS_NUMBER, Tester
from idp.tokens.end import end_party_grants

MOST = 50
"""Testers of one application: a test needs few, and a sandbox is no way around a review."""

MOST_INVITED = 200
"""Invitations of one agency within `MOST_INVITED_IN`, however many applications it has and whoever
was removed since."""
MOST_INVITED_IN = timedelta(days=30)

Answer = Literal["invited", "known", "full", "often"]


@immutable
class Invited:
    """A tester as the application's team sees them."""

    id: UUID
    masked_number: str
    since: datetime


def list_testers(db: Session, *, keyring: Keyring, relying_party_id: UUID) -> list[Invited]:
    """Whom the team invited, in that order."""
    rows = db.scalars(
        select(Tester)
        .where(Tester.relying_party_id == relying_party_id)
        .order_by(Tester.created_at, Tester.id)
    )
    return [Invited(row.id, mask_number(_number(keyring, row)), row.created_at) for row in rows]


def invite_tester(
    db: Session,
    *,
    keyring: Keyring,
    relying_party_id: UUID,
    number: str,
    at: datetime,
) -> Answer:
    """Let the holder of a normalised number try an application of the sandbox.

    At most `MOST` at a time, and so many in a month: places that are emptied and filled again would
    serve everybody all the same.
    """
    agency_id = _lock_sandbox(db, relying_party_id)
    known = db.scalars(
        select(Tester.number_hash).where(Tester.relying_party_id == relying_party_id)
    ).all()
    if {*known} & {*hashes_of(keyring, number)}:
        return "known"
    if len(known) >= MOST:
        return "full"
    key = keyring.lookup_hash("testers.invited", agency_id.hex)
    if not count(db, Allowance(key, MOST_INVITED, MOST_INVITED_IN), at=at):
        return "often"
    tester_id = uuid4()
    db.add(
        Tester(
            id=tester_id,
            relying_party_id=relying_party_id,
            number_encrypted=TESTERS_NUMBER.seal(keyring, number, id=tester_id),
            number_hash=hash_number(keyring, number),
            created_at=at,
        )
    )
    note(db, relying_party_id, event="tester.invited", at=at)
    return "invited"


def remove_tester(
    db: Session,
    *,
    keyring: Keyring,
    relying_party_id: UUID,
    tester_id: UUID,
    at: datetime,
) -> bool:
    """Take an invitation back, and end what its holder granted; False for none of this party."""
    removed = db.scalars(
        delete(Tester)
        .where(Tester.id == tester_id, Tester.relying_party_id == relying_party_id)
        .returning(Tester)
    ).one_or_none()
    if removed is None:
        return False
    holder = find_person(db, number_hashes=hashes_of(keyring, _number(keyring, removed)))
    if holder is not None:
        end_party_grants(db, person_id=holder, relying_party_id=relying_party_id)
    note(db, relying_party_id, event="tester.removed", at=at)
    return True


def forget_invitations(db: Session, *, keyring: Keyring, number: str, at: datetime) -> None:
    """Delete the invitations of whose account was erased: who has the number next has none."""
    of_number = Tester.number_hash.in_(hashes_of(keyring, number))
    gone = delete(Tester).where(of_number).returning(Tester.relying_party_id)
    for party_id in db.scalars(gone).all():
        note(db, party_id, event="tester.removed", at=at)


def _lock_sandbox(db: Session, relying_party_id: UUID) -> UUID:
    """One invitation at a time, so that none is one too many; the agency whose it is."""
    environment, agency_id = db.execute(
        select(RelyingParty.environment, InformationSystem.agency_id)
        .join(InformationSystem, InformationSystem.id == RelyingParty.system_id)
        .where(RelyingParty.id == relying_party_id)
        .with_for_update(of=RelyingParty)
    ).one()
    if environment is not Environment.SANDBOX:
        raise ValueError("only an application of the sandbox has testers")
    return agency_id


def _number(keyring: Keyring, tester: Tester) -> str:
    return TESTERS_NUMBER.open(keyring, tester.number_encrypted, id=tester.id)
