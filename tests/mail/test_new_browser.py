"""A sign-in from a browser that somebody was not seen in is told them, five minutes later."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import transaction
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind, Person
from idp.sessions.evidence import shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.new_browser import tell_of_new_browser
from tests.mail.conftest import Mailbox
from tests.mail.test_mail import ADDRESS, KEYRING, send
from tests.mail.test_texts import NUMBER, Gateway
from tests.mail.test_texts import gateway as gateway  # noqa: PLC0414 - a fixture
from tests.mail.test_texts import send as send_texts
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
        tell(
            db,
            person,
            device=device,
            browsers=browsers,
            party=service.id if party else None,
            at=at,
        )


def tell(
    db: Session,
    person: Person,
    *,
    device: str,
    browsers: tuple[bytes, ...],
    party: UUID | None,
    at: datetime,
) -> None:
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
            relying_party_id=party,
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


def someone_signs_in(
    engine: Engine, *, browsers: tuple[bytes, ...], mail_for_hours: int | None = None
) -> None:
    """Of somebody with a telephone, in these browsers; with an address since so many hours."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        held = {ContactKind.PHONE: (NUMBER, 30 * 24)}
        if mail_for_hours is not None:
            held[ContactKind.EMAIL] = (ADDRESS, mail_for_hours)
        for kind, (value, hours) in held.items():
            since = at - timedelta(hours=hours)
            new = {"kind": kind, "value": value, "at": since, "verified_at": since}
            add_contact(db, keyring=KEYRING, person_id=person.id, **new)
        tell(db, person, device="Chrome, Windows", browsers=browsers, party=None, at=at)


@pytest.mark.parametrize(("hours", "texts"), [(None, 1), (1, 1), (25, 0)])
def test_who_has_no_address_is_told_by_text_message(
    engine: Engine, gateway: Gateway, hours: int | None, texts: int
) -> None:
    """Nor one only since an hour: whoever signed in may have added theirs."""
    someone_signs_in(engine, browsers=(b"a",), mail_for_hours=hours)
    with clock.shifted(SOON):
        send_texts(engine, gateway.settings)
    assert len(gateway.sent) == texts
    for to, said in gateway.sent.values():
        assert to == NUMBER
        assert "tu trinh duyet moi" in said
        assert "Khong phai toi" in said


def test_of_many_new_browsers_a_few_are_told_by_text_within_a_day(
    engine: Engine, gateway: Gateway
) -> None:
    """Each costs money, and whoever knows the password makes any number of them."""
    browsers = tuple(b"%d" % nth for nth in range(9))
    with clock.shifted(timedelta(days=30)):
        someone_signs_in(engine, browsers=browsers)
        with clock.shifted(SOON):
            send_texts(engine, gateway.settings)
    assert len(gateway.sent) == 5


def test_past_the_days_budget_new_browsers_are_not_told_by_text(
    engine: Engine, gateway: Gateway
) -> None:
    """Other news are; with room it is the control."""
    spent = gateway.settings.model_copy(update={"day_budget": 1})
    for settings, sent in ((spent, 1), (spent, 1), (gateway.settings, 2)):
        with clock.shifted(timedelta(days=17)):
            someone_signs_in(engine, browsers=(b"a",))
            with clock.shifted(SOON):
                send_texts(engine, settings)
        assert len(gateway.sent) == sent
