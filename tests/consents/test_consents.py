"""Consent is remembered per person and relying party, grows by agreement, and can be withdrawn."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from idp.consents.changes import grant_consent, withdraw_consent
from idp.consents.lookup import find_begun_and_consent, list_consents, list_receipts
from idp.consents.models import Agreement, Consent
from idp.kit import clock
from idp.people.models import Person, PersonStatus
from tests.support.consents import find_consent
from tests.support.people import add_person, add_relying_party, with_app


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


@pytest.mark.parametrize(
    ("change", "is_found"),
    [({}, True), ({"credentials_epoch": 7}, False), ({"status": PersonStatus.SUSPENDED}, False)],
)
def test_a_session_just_begun_is_its_persons_as_they_stand(
    db: Session, change: dict[str, Any], is_found: bool
) -> None:
    """Who was made up to try things is known as such; what has ended meanwhile is nobody's."""
    person, party = add_person(db), add_relying_party(db)
    between = {"person_id": person.id, "relying_party_id": party.id}
    grant_consent(db, **between, scopes=["openid"], claims=["sub"], evidence={})
    begun = with_app(db, person.id, at=clock.now())
    db.execute(update(Person).values(**{"is_test": True, **change}))
    session, given = find_begun_and_consent(db, begun, relying_party_id=party.id, mandate_id=None)
    assert (session is not None, given is not None) == (is_found, is_found)
    if session is not None and given is not None:
        assert (session.sid, session.evidence) == (begun.sid, begun.evidence)
        assert session.is_test
        assert given.scopes == {"openid"}


def test_each_agreement_is_kept_with_what_was_shown(db: Session) -> None:
    """G24: a later agreement, or a withdrawal, takes nothing from what was agreed before."""
    person, party = add_person(db), add_relying_party(db)
    between = {"person_id": person.id, "relying_party_id": party.id}
    for number, scopes in enumerate((["openid"], ["openid", "email"], ["openid"])):
        if number == 2:
            assert withdraw_consent(db, **between)
        evidence = {"language": "vi", "shown": [f"page {number}"]}
        grant_consent(db, **between, scopes=scopes, claims=["sub"], evidence=evidence)
    kept = db.execute(
        select(Agreement.scopes, Agreement.evidence["shown"], Consent.withdrawn_at)
        .join(Consent, Consent.id == Agreement.consent_id)
        .order_by(Agreement.agreed_at)
    )
    assert [(scopes, shown, bool(withdrawn)) for scopes, shown, withdrawn in kept] == [
        (["openid"], ["page 0"], True),
        (["email", "openid"], ["page 1"], True),
        (["openid"], ["page 2"], False),
    ]
    [given] = list_consents(db, person_id=person.id)
    assert given.scopes == {"openid"}


def test_what_was_agreed_cannot_be_rewritten_by_who_serves(db: Session) -> None:
    """G24: the serving role adds agreements and reads them."""
    person, party = add_person(db), add_relying_party(db)
    between = {"person_id": person.id, "relying_party_id": party.id}
    grant_consent(db, **between, scopes=["openid"], claims=[], evidence={})
    for rewriting in (update(Agreement).values(evidence={}), delete(Agreement)):
        with pytest.raises(ProgrammingError, match="permission denied"), db.begin_nested():
            db.execute(rewriting)
    assert len(db.scalars(select(Agreement)).all()) == 1


def test_what_was_agreed_for_another_purpose_is_not_taken_over(db: Session) -> None:
    """Decision 40; the control: for the same purpose it adds up."""
    person, party = add_person(db), add_relying_party(db)
    between = {"person_id": person.id, "relying_party_id": party.id}

    def agree(purpose: str, *claims: str) -> tuple[str, set[str]]:
        grant_consent(
            db, **between, scopes=["openid"], claims=claims, evidence={}, purpose_key=purpose
        )
        given = find_consent(db, **between)
        assert given is not None
        return given.purpose_key, set(given.claims)

    assert agree("licence", "name") == ("licence", {"name"})
    assert agree("licence", "email") == ("licence", {"name", "email"})
    assert agree("statistics", "gender") == ("statistics", {"gender"})


def test_receipts_outlive_the_withdrawal(db: Session) -> None:
    person, other, party = add_person(db), add_person(db), add_relying_party(db)
    for who, said in ((person, "first"), (other, "somebody else's"), (person, "second")):
        grant_consent(
            db,
            person_id=who.id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={"purpose": said},
        )
    withdraw_consent(db, person_id=person.id, relying_party_id=party.id)
    receipts = list_receipts(db, person_id=person.id, most=9)
    assert sorted(receipt.evidence["purpose"] for receipt in receipts) == ["first", "second"]
    assert all(receipt.withdrawn_at for receipt in receipts)
    assert len(list_receipts(db, person_id=person.id, most=1)) == 1
