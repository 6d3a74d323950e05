"""A sign-in from a browser that somebody was not seen in is told them, five minutes later."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete

from idp.kit import clock
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.new_browser import tell_of_new_browser
from tests.mail.conftest import Mailbox
from tests.mail.test_mail import ADDRESS, KEYRING, send
from tests.support.people import add_agency, add_person, add_relying_party

SOON = timedelta(minutes=5, seconds=1)


def sign_in(
    engine: Engine, *, device: str, party: bool, browsers: tuple[bytes, ...] = (b"b",)
) -> None:
    """Of somebody with an address, in each of these browsers."""
    at = clock.now()
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))
        person = add_person(db)
        add_contact(
            db,
            keyring=KEYRING,
            person_id=person.id,
            kind=ContactKind.EMAIL,
            value=ADDRESS,
            at=at,
            verified_at=at,
        )
        code = f"cabinet-{device[:3]}"
        service = add_relying_party(db, client_id=code, agency=add_agency(db, code=code))
        service.client_name = "Đổi giấy phép"
        session = CurrentSession(
            sid=person.id,
            person_id=person.id,
            subject_number=person.subject_number,
            name="",
            proofing=0,
            locale="vi",
            credentials_epoch=0,
            evidence=shown_at(at),
            last_seen_at=at,
            device=device,
        )
        for browser in browsers:
            tell_of_new_browser(
                db,
                session=session,
                browser_hash=browser,
                relying_party_id=service.id if party else None,
                service_id=None,
                at=at,
            )


@pytest.mark.parametrize(
    ("device", "party", "words"),
    [
        ("Chrome, Windows", True, ("Đổi giấy phép", "Chrome, Windows")),
        ("", False, ("trang quản lý tài khoản", "trình duyệt không rõ")),
    ],
)
def test_the_letter_names_service_and_browser_and_the_way_to_object(
    engine: Engine, mailbox: Mailbox, device: str, party: bool, words: tuple[str, ...]
) -> None:
    sign_in(engine, device=device, party=party)
    assert send(engine, mailbox.settings) == 0, "it waits"
    with clock.shifted(SOON):
        assert send(engine, mailbox.settings) == 1
    [letter] = mailbox.letters
    assert "trình duyệt mới" in letter["Subject"]
    text = letter.get_content()
    for said in (*words, "https://id.example/account/activity", "Không phải tôi"):
        assert said in text


def test_one_browser_is_told_once_and_another_again(engine: Engine, mailbox: Mailbox) -> None:
    sign_in(engine, device="Firefox, Linux", party=False, browsers=(b"a", b"a", b"b"))
    with clock.shifted(SOON):
        assert send(engine, mailbox.settings) == 2
