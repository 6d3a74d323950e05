"""Consent is remembered per person and relying party, grows by agreement, and can be withdrawn."""

from sqlalchemy.orm import Session

from idp.consents.changes import grant_consent, withdraw_consent
from idp.consents.lookup import list_consents
from tests.support.consents import find_consent
from tests.support.people import add_person, add_relying_party


def test_what_is_agreed_adds_up_and_withdrawal_ends_it(db: Session) -> None:
    person, party = add_person(db), add_relying_party(db)
    for scopes, claims in (
        (["openid"], ["sub"]),
        (["openid", "email"], ["sub", "email"]),
    ):
        grant_consent(
            db,
            person_id=person.id,
            relying_party_id=party.id,
            scopes=scopes,
            claims=claims,
            evidence={"language": "vi"},
        )
    given = find_consent(db, person_id=person.id, relying_party_id=party.id)
    assert given is not None
    assert given.scopes == {"openid", "email"}
    assert given.claims == {"sub", "email"}
    assert withdraw_consent(db, person_id=person.id, relying_party_id=party.id)
    assert not withdraw_consent(db, person_id=person.id, relying_party_id=party.id)
    assert list_consents(db, person_id=person.id) == []


def test_nobody_elses_consent_counts(db: Session) -> None:
    person, other, party = add_person(db), add_person(db), add_relying_party(db)
    grant_consent(
        db,
        person_id=other.id,
        relying_party_id=party.id,
        scopes=["openid"],
        claims=[],
        evidence={},
    )
    assert find_consent(db, person_id=person.id, relying_party_id=party.id) is None
    assert find_consent(db, person_id=other.id, relying_party_id=party.id) is not None
