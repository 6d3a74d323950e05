"""Whom the outbox tells that a session has ended; tests/oidc says with which token."""

from typing import Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.outbox.models import OutboxMessage
from idp.people.models import Person
from idp.relying_parties.models import RelyingParty, RelyingPartyState
from idp.tokens.logout import BACKCHANNEL_LOGOUT, announce_end
from tests.support.statements import statements
from tests.tokens.conftest import MakeGrant

LISTENS: dict[str, Any] = {
    "backchannel_logout_uri": "https://rp.example/logout",
    "state": RelyingPartyState.LIVE,
}


def messages(db: Session) -> list[OutboxMessage]:
    mine = select(OutboxMessage).where(OutboxMessage.kind == BACKCHANNEL_LOGOUT)
    return list(db.scalars(mine))


def test_each_party_that_listens_is_told_once_by_one_statement(
    db: Session, engine: Engine, person: Person, sid: UUID, make_grant: MakeGrant
) -> None:
    grants = [make_grant(**LISTENS), make_grant(is_offline=True, **LISTENS)]
    make_grant(**{**LISTENS, "state": RelyingPartyState.SUSPENDED})
    make_grant(**{**LISTENS, "backchannel_logout_uri": ""})
    with statements(engine) as sent:
        announce_end(db, sids=[sid])
    announce_end(db, sids=[sid])
    assert len(sent) == 1
    told = messages(db)
    assert {row.recipient for row in told} == {str(grant.relying_party_id) for grant in grants}
    assert len(told) == 2
    for row in told:
        party = db.get_one(RelyingParty, UUID(row.recipient))
        assert row.key == str(sid)
        assert row.payload == {
            "client_id": party.client_id,
            "sid": str(sid),
            "person_id": str(person.id),
        }


def test_two_grants_of_a_party_in_one_session_are_told_as_one(
    db: Session, sid: UUID, make_grant: MakeGrant
) -> None:
    first, second = make_grant(**LISTENS), make_grant(**LISTENS)
    second.relying_party_id = first.relying_party_id
    db.flush()
    announce_end(db, sids=[sid])
    assert [row.recipient for row in messages(db)] == [str(first.relying_party_id)]


def test_without_sessions_nobody_is_told(db: Session, engine: Engine) -> None:
    with statements(engine) as sent:
        announce_end(db, sids=[])
    assert (sent, messages(db)) == ([], [])
