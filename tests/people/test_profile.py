"""What is known of a person: proofing, contacts, and their number."""

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.people.contact_values import normalise_phone
from idp.people.contacts import add_contact
from idp.people.identifiers import give_number
from idp.people.models import ContactKind
from idp.people.profile import read_profile
from tests.support.people import add_person

NUMBER = "001190000123"
KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
NOW = clock.now()


@pytest.fixture
def person_id(db: Session) -> UUID:
    person_id = add_person(db, name="Nguyễn Thị Hoa", proofing=0).id
    give_number(db, keyring=KEYRING, person_id=person_id, number=NUMBER, at=NOW)
    return person_id


def test_profile_holds_the_newest_contact_of_each_kind(db: Session, person_id: UUID) -> None:
    for value, verified_at in (("cu@Example.VN", None), ("Moi@Example.VN", NOW)):
        add_contact(
            db,
            keyring=KEYRING,
            person_id=person_id,
            kind=ContactKind.EMAIL,
            value=value,
            at=clock.now(),
            verified_at=verified_at,
        )
    profile = read_profile(db, keyring=KEYRING, person_id=person_id)
    assert (profile.email, profile.email_verified) == ("Moi@example.vn", True)
    assert (profile.phone, profile.citizen_number) == ("", NUMBER)
    assert NUMBER not in repr(profile)
    assert "Hoa" not in repr(profile)


def test_phone_numbers_become_e164() -> None:
    assert normalise_phone("0912 345 678") == "+84912345678"
    with pytest.raises(InvalidInput):
        normalise_phone("123")
