"""Ending grants, and telling which relying parties a session signed in to."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.people.models import Person
from idp.tokens.end import end_party_grants, end_session_grants, revoke_grant
from idp.tokens.logout import list_session_parties
from idp.tokens.lookup import find_standing_grant
from idp.tokens.models import Grant
from tests.tokens.conftest import MakeGrant


def is_standing(db: Session, grant: Grant) -> bool:
    today = clock.now().date()
    return find_standing_grant(db, grant_id=grant.id, token_ids=[], today=today) is not None


def test_the_end_of_a_session_spares_offline_grants(
    db: Session, sid: UUID, make_grant: MakeGrant
) -> None:
    online, offline = make_grant(), make_grant(is_offline=True)
    assert end_session_grants(db, sid=sid) == 1
    assert not is_standing(db, online)
    assert is_standing(db, offline)
    assert end_session_grants(db, sid=sid) == 0


@pytest.mark.asvs("10.4.9")
def test_withdrawing_from_one_party_ends_its_grants_only(
    db: Session, person: Person, make_grant: MakeGrant
) -> None:
    one, other = make_grant(is_offline=True), make_grant()
    ended = end_party_grants(db, person_id=person.id, relying_party_id=one.relying_party_id)
    assert ended == 1
    assert not is_standing(db, one)
    assert is_standing(db, other)


def test_a_grant_is_revoked_once(db: Session, make_grant: MakeGrant) -> None:
    grant = make_grant()
    assert revoke_grant(db, grant_id=grant.id)
    assert not revoke_grant(db, grant_id=grant.id)


def test_a_session_knows_its_parties_even_after_it_ended(
    db: Session, sid: UUID, make_grant: MakeGrant
) -> None:
    grants = [make_grant(), make_grant(is_offline=True)]
    end_session_grants(db, sid=sid)
    parties = list_session_parties(db, sid=sid)
    assert set(parties) == {grant.relying_party_id for grant in grants}
