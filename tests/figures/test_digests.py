"""The monthly digest: to who answers for an agency, once a freeze, with nothing of a person."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.figures.digests import DIGEST_MAIL, choose_digest
from idp.figures.month_recount import revise
from idp.figures.slice_rows import Dimension
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine
from idp.mail.digests import read_letter
from idp.mail.letters import Letter, Writer
from idp.mandates.changes import end_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind, Person
from idp.places.load import load_places
from idp.settings import Settings
from tests.figures.committed import add, close
from tests.figures.frozen import freeze, of
from tests.figures.history import at, clock_at, registered, signed_in
from tests.support.people import add_agency, add_person, equip_staff
from tests.support.postgres import Database
from tests.support.staff import give_post

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 31)
DAY = date(2025, 7, 10)


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    with Session(engine) as db, db.begin():
        load_places(db)
    yield engine
    engine.dispose()


@pytest.fixture
def keyring(settings: Settings) -> Keyring:
    return settings.secrets.keyring()


def staffed(
    owner: Engine, keyring: Keyring, code: str, role: StaffRole = StaffRole.AGENCY_OWNER
) -> tuple[UUID, UUID]:
    """An agency whose owner (or developer) has a confirmed address; agency and post."""
    with clock_at(at(date(2025, 5, 5))), Session(owner) as db, db.begin():
        agency = add_agency(db, code=code)
        person = add_person(db, name=f"Người phụ trách {code}")
        equip_staff(db, person, keyring=keyring)
        add_contact(
            db,
            keyring=keyring,
            person_id=person.id,
            kind=ContactKind.EMAIL,
            value=f"{code}@agency.example",
            verified_at=clock.now(),
            at=clock.now(),
        )
        post = Mandate(
            person_id=person.id,
            role=role,
            agency_id=agency.id,
            valid_on=date(2025, 5, 5),
            created_at=clock.now(),
        )
        return agency.id, give_post(db, post).id


def messages(owner: Engine) -> list[OutboxMessage]:
    rows = select(OutboxMessage).where(OutboxMessage.kind == DIGEST_MAIL)
    with Session(owner) as db:
        return list(db.scalars(rows.order_by(OutboxMessage.created_at)))


def letter(owner: Engine, keyring: Keyring, message: OutboxMessage) -> Letter | None:
    writer = Writer(keyring=keyring, site="https://id.example", zone=ZoneInfo("Asia/Ho_Chi_Minh"))
    with clock_at(at(date(2025, 8, 1))), Session(owner) as db:
        return read_letter(writer, db, message)


def freeze_july(owner: Engine, agency_id: UUID) -> None:
    people = range(1, 41)
    add(owner, *(registered(n, DAY) for n in people))
    add(owner, *(signed_in(n, DAY, "central", agency_id=agency_id) for n in people))
    close(owner, JULY)


def test_the_owner_is_told_once_and_again_of_a_revision(owner: Engine, keyring: Keyring) -> None:
    agency_id, _ = staffed(owner, keyring, "G21")
    freeze_july(owner, agency_id)
    (message,) = messages(owner)
    assert message.payload == {"freeze": 3, "agency": str(agency_id)}
    close(owner, date(2025, 8, 1))
    assert len(messages(owner)) == 1
    add(owner, signed_in(1, DAY, "commune"))
    with clock_at(at(date(2025, 8, 3))), Session(owner) as db, db.begin():
        revise(db, JULY, reason="found late")
    assert [m.payload["freeze"] for m in messages(owner)] == [3, 4]


def test_only_the_last_month_is_told_of(owner: Engine, keyring: Keyring) -> None:
    """A new node that closes a year at once mails one month."""
    staffed(owner, keyring, "G22")
    add(owner, registered(1, date(2025, 3, 3)))
    close(owner, JULY)
    assert len(messages(owner)) == 1
    with clock_at(at(date(2025, 8, 3))), Session(owner) as db, db.begin():
        add(owner, registered(2, date(2025, 6, 3)))
        assert revise(db, JUNE, reason="found late")[0]
    assert len(messages(owner)) == 1


def test_the_letter_says_what_everybody_may_see(owner: Engine, keyring: Keyring) -> None:
    agency_id, _ = staffed(owner, keyring, "G23")
    freeze_july(owner, agency_id)
    written = letter(owner, keyring, messages(owner)[0])
    assert written is not None
    text = "\n".join(written.paragraphs)
    assert written.language == "vi"
    assert "07/2025" in written.subject
    assert "trong 12 tháng: 40, tháng trước dưới 10" in text
    assert "dùng cả dịch vụ trung ương và địa phương: không nêu vì quá ít" in text
    assert "https://id.example/portal/figures" in text
    assert "Người phụ trách" not in text
    assert "%(" not in text


def test_it_is_written_in_the_language_of_who_reads_it(owner: Engine, keyring: Keyring) -> None:
    agency_id, _ = staffed(owner, keyring, "G24")
    with Session(owner) as db, db.begin():
        db.query(Person).update({"locale": "en"})
    freeze_july(owner, agency_id)
    written = letter(owner, keyring, messages(owner)[0])
    assert written is not None
    assert (
        "People who used your services in 12 months: 40, a month before fewer than 10."
        in written.paragraphs
    )


def test_the_letter_stars_the_sign_ins_that_the_page_stars(owner: Engine, keyring: Keyring) -> None:
    """Beside four that were refused another way of ending is starred; which one is few it hides."""
    agency_id, _ = staffed(owner, keyring, "G30")
    with Session(owner) as db, db.begin():
        db.query(Person).update({"locale": "en"})
        number = db.scalar(select(Person.subject_number))
    for level in (4, 14):
        ended = {"SUCCESS": 79, "REFUSED_LEVEL": level, "REFUSED": 17, "ABANDONED": 20}
        ended["BEGUN"] = sum(ended.values())
        rows = {
            of(Dimension.AGENCY, str(agency_id), "sign_in", figure, "months_1"): count
            for figure, count in ended.items()
        }
        freeze(owner, JULY, rows, "found late" if level > 4 else "")
    told = []
    for freeze_number in (1, 2):
        payload = {"freeze": freeze_number, "agency": str(agency_id)}
        message = OutboxMessage(
            kind=DIGEST_MAIL,
            recipient=str(number),
            key=str(freeze_number),
            payload=payload,
            created_at=clock.now(),
            next_at=clock.now(),
        )
        written = letter(owner, keyring, message)
        assert written is not None
        told += [each for each in written.paragraphs if each.startswith(("Sign-ins", "Refused"))]
    few = "not told, as there are too few"
    assert told == [
        "Sign-ins of the month: 120. Succeeded: 66%.",
        f"Refused as the identity level was too low: {few}, otherwise: {few}.",
        "Sign-ins of the month: 130. Succeeded: 61%.",
        "Refused as the identity level was too low: 15, otherwise: 15.",
    ]


def test_developers_and_agencies_that_want_none_get_none(owner: Engine, keyring: Keyring) -> None:
    staffed(owner, keyring, "G25", StaffRole.AGENCY_DEVELOPER)
    silent, _ = staffed(owner, keyring, "G26")
    control, _ = staffed(owner, keyring, "G27")
    with Session(owner) as db, db.begin():
        assert choose_digest(db, agency_id=silent, is_wanted=False, at=clock.now())
        assert not choose_digest(db, agency_id=silent, is_wanted=False, at=clock.now())
    freeze_july(owner, control)
    assert [m.payload["agency"] for m in messages(owner)] == [str(control)]


@pytest.mark.parametrize("ends", ["post", "wish"])
def test_who_answers_for_it_no_more_is_not_written_to(
    owner: Engine, keyring: Keyring, ends: str
) -> None:
    """Asked again as the letter is written: a message may have waited."""
    agency_id, post = staffed(owner, keyring, "G28")
    control, _ = staffed(owner, keyring, "G29")
    freeze_july(owner, agency_id)
    with clock_at(at(date(2025, 8, 1))), Session(owner) as db, db.begin():
        if ends == "post":
            end_mandate(db, mandate_id=post, on=date(2025, 8, 1), at=clock.now())
        else:
            choose_digest(db, agency_id=agency_id, is_wanted=False, at=clock.now())
    for message in messages(owner):
        is_control = message.payload["agency"] == str(control)
        assert (letter(owner, keyring, message) is not None) is is_control
    assert timedelta
