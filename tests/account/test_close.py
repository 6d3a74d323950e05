"""Closing an account: said before, done at once, taken back within 30 days, erased after them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, func, select

from idp.accounts.changes import set_status
from idp.accounts.closing import begin_closing, undo_closing
from idp.consents.changes import grant_consent
from idp.consents.lookup import list_consents
from idp.factors.models import Authenticator, KnownDevice
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.errors import InvalidInput
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole, StaffRole
from idp.outbox.models import PRIVATE, OutboxMessage
from idp.people.contacts import CLOSED_MAIL, CLOSED_TEXT, add_contact
from idp.people.identifiers import find_person, hashes_of
from idp.people.models import (
    ContactKind,
    Person,
    PersonContact,
    PersonIdentifier,
    PersonStatus,
)
from idp.people.profile import read_profile
from idp.personal_data.erasing import erase_due
from idp.sessions.lookup import CurrentSession
from idp.sessions.models import SignInSession
from idp.work import erase
from tests.account.test_told import status
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_organization, add_relying_party

CLOSE, CLOSING = "/account/close", "/account/closing"
DAY = timedelta(days=1)


def signed_in(world: World, account: Account, name: str = "owners-browser") -> Browser:
    browser = world.browser(f"{name}-0123456789-abcdefgh")
    code = bool(account.totp_secret)
    browser.sign_in(browser.open(needed_authentication=2 if code else 1), account, code=code)
    return browser


def signed_in_again(world: World, account: Account, name: str) -> Browser:
    """In a browser that asks for the account's page, as somebody comes back after weeks."""
    browser = world.browser(f"{name}-0123456789-abcdefgh")
    way = browser.get("/account").headers["location"]
    interaction = re.search(r"/signin/([^/]+)/", way)
    assert interaction
    browser.sign_in(interaction[1], account)
    return browser


def person_of(world: World, account: Account) -> Person:
    with world.transaction() as db:
        return db.get_one(Person, account.registered.person_id)


def connect(world: World, account: Account, client_id: str) -> None:
    with world.transaction() as db:
        party = add_relying_party(db, client_id=client_id, agency=add_agency(db, code=client_id))
        grant_consent(
            db,
            person_id=account.registered.person_id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={},
        )


def give_contacts(world: World, account: Account, email: str) -> None:
    with world.transaction() as db:
        for kind, value in ((ContactKind.EMAIL, email), (ContactKind.PHONE, "0912345678")):
            add_contact(
                db,
                keyring=world.keyring,
                person_id=account.registered.person_id,
                kind=kind,
                value=value,
                at=clock.now(),
                verified_at=clock.now(),
            )


def work(world: World) -> None:
    """What a node does each minute, as long as there is anything."""
    erased = 1
    while erased:
        with world.app.state.runtime.engine.begin() as connection:
            erased = erase(connection, keyring=world.keyring)


def count_of(world: World, table: type, account: Account) -> int:
    with world.transaction() as db:
        own = table.person_id == account.registered.person_id  # type: ignore[attr-defined]
        return db.scalar(select(func.count()).select_from(table).where(own)) or 0


def test_what_closing_does_is_said_before_it_is_done(world: World) -> None:
    account = world.add_account(totp=False)
    connect(world, account, "closed-1")
    owner = signed_in(world, account)
    page = owner.get(CLOSE).text
    for words in ("signed out in every browser", "Cổng thử", "Erased for good", "register again"):
        assert words in page
    assert "Tick that you have read" in owner.refused(CLOSE)
    assert person_of(world, account).closes_at is None


@pytest.mark.asvs("7.4.2")
def test_closing_ends_access_at_once_everywhere(world: World) -> None:
    account = world.add_account()
    here, there = signed_in(world, account), signed_in(world, account, "another-browser")
    answer = here.post(CLOSE, understood="yes")
    assert answer.headers["location"] == "/"
    assert "Your account is closed" in status(here.get("/").text)
    assert here.session() is None
    assert there.session() is None
    row = person_of(world, account)
    assert row.status is PersonStatus.ACTIVE, "no figure changes before it is erased"
    assert row.closes_at is not None
    assert 29 < (row.closes_at - clock.now()) / DAY <= 30
    with world.transaction() as db:
        number = account.registered.subject_number
        own = JournalEntry.subject_number == number
        entry = db.scalars(
            select(JournalEntry).where(own, JournalEntry.event == "closing.begun")
        ).one()
        told = select(OutboxMessage.kind).where(OutboxMessage.key == str(entry.id))
        assert set(db.scalars(told)) == {"mail.notice", "sms.notice"}


def test_only_keeping_it_is_open_until_then_and_it_comes_back_whole(world: World) -> None:
    """T23, day 29."""
    account = world.add_account()
    connect(world, account, "closed-2")
    give_contacts(world, account, "kept@example.vn")
    signed_in(world, account).post(CLOSE, understood="yes")
    with clock.shifted(29 * DAY):
        owner = signed_in_again(world, account, "a-later-browser")
        password_only = owner.get("/account/activity")
        assert password_only.headers["location"] == CLOSING
        way = owner.get(CLOSING).headers["location"]
        assert way.startswith("/signin/"), "a password alone does not open what needs two"
        interaction = way.split("/")[2]
        owner.get(way)
        owner.post(f"/signin/{interaction}/otp", otp=account.code())
        for path in ("/account", "/account/services", "/account/password", CLOSE):
            assert owner.get(path).headers["location"] == CLOSING, path
        page = owner.get(CLOSING).text
        assert "Keep my account" in page
        answer = owner.post(CLOSING)
        assert answer.headers["location"] == "/account"
        assert "Your account stays." in status(owner.get("/account").text)
        assert owner.get(CLOSING).headers["location"] == "/account"
    with clock.shifted(31 * DAY):
        work(world)
    row = person_of(world, account)
    assert (row.closes_at, row.status) == (None, PersonStatus.ACTIVE)
    with world.transaction() as db:
        person_id = account.registered.person_id
        profile = read_profile(db, keyring=world.keyring, person_id=person_id)
        assert (profile.citizen_number, profile.email) == (account.number, "kept@example.vn")
        assert len(list_consents(db, person_id=person_id)) == 1
    assert signed_in(world, account, "yet-another").session() is not None


def test_an_owner_keeps_what_a_thief_was_closing_and_says_that_it_was_not_them(
    world: World,
) -> None:
    account = world.add_account(totp=False)
    signed_in(world, account, "thiefs-browser-0123456789-abcde").post(CLOSE, understood="yes")
    thief = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    owner = signed_in(world, account, "owners-browser-0123456789-abcde")
    assert "Was it not you who closed it?" in owner.get(CLOSING).text
    owner.post(CLOSING)
    assert thief.session() is None
    kept = owner.get("/account").text
    assert "was it somebody else who closed it?" in kept
    lines = owner.get("/account/activity").text
    closed = re.search(r'href="([^"]+/not-me)">[^<]*<span class="hidden">: You closed', lines)
    assert closed
    assert owner.post(closed[1]).headers["location"] == "/account/not-me/password"
    late = signed_in(world, account, "thiefs-browser-0123456789-abcde")
    assert late.session() is None, "the password that they know is void"


def test_a_sign_in_to_a_service_says_that_the_account_is_closed(world: World) -> None:
    account = world.add_account(totp=False)
    signed_in(world, account).post(CLOSE, understood="yes")
    browser = world.browser("one-at-a-service-0123456789")
    interaction = browser.open()
    browser.sign_in(interaction, account)
    page = browser.get(f"/signin/{interaction}/closed").text
    assert "Your account is closed" in page
    assert f'href="{CLOSING}"' in page


def test_after_its_time_the_account_is_gone_and_its_owner_registers_anew(world: World) -> None:
    """T23, day 31: what is erased, what stays, and that its contacts are told."""
    account = world.add_account()
    connect(world, account, "closed-3")
    give_contacts(world, account, "gone@example.vn")
    signed_in(world, account).post(CLOSE, understood="yes")
    work(world)
    assert person_of(world, account).name, "the control: not before its time"
    with clock.shifted(30 * DAY + timedelta(minutes=1)):
        work(world)
    row = person_of(world, account)
    assert row.status is PersonStatus.CLOSED
    assert (row.name, row.birthdate, row.claims, row.password_encrypted) == ("", "", {}, None)
    for table in (PersonIdentifier, PersonContact, Authenticator, KnownDevice):
        assert count_of(world, table, account) == 0, table
    with world.transaction() as db:
        person_id = account.registered.person_id
        hashes = hashes_of(world.keyring, account.number)
        assert find_person(db, number_hashes=hashes) is None
        assert list_consents(db, person_id=person_id) == []
        own = SignInSession.person_id == person_id
        assert set(db.scalars(select(SignInSession.source_address).where(own))) == {""}
        events = select(JournalEntry.event).where(
            JournalEntry.subject_number == account.registered.subject_number
        )
        assert list(db.scalars(events))[-2:] == ["person.status_changed", "closing.done"]
        said = db.scalars(
            select(OutboxMessage).where(
                OutboxMessage.kind.in_((CLOSED_MAIL, CLOSED_TEXT)),
                OutboxMessage.recipient == str(person_id),
            )
        ).all()
        assert {one.kind for one in said} == {CLOSED_MAIL, CLOSED_TEXT}
        mail = next(one for one in said if one.kind == CLOSED_MAIL)
        assert mail.private_encrypted is not None
        private = PRIVATE.open(world.keyring, mail.private_encrypted, id=mail.id)
        assert "gone@example.vn" in private
    anew = world.add_account(number=account.number)
    assert anew.registered.subject_number != account.registered.subject_number
    assert signed_in(world, anew, "a-new-beginning").session() is not None


def test_who_holds_a_post_or_represents_a_company_is_told_what_to_do_first(world: World) -> None:
    account = world.add_account(totp=False)
    person_id = account.registered.person_id
    with world.transaction() as db:
        company = add_organization(db, tax_code="0312687878", name="Công ty Trà")
        agency = add_agency(db, code="G31")
        since = clock.now().date()
        for values in (
            {"role": OrganizationRole.LEGAL_REPRESENTATIVE, "organization_id": company.id},
            {"role": StaffRole.AGENCY_DEVELOPER, "agency_id": agency.id},
        ):
            db.add(Mandate(person_id=person_id, valid_on=since, created_at=clock.now(), **values))
    owner = signed_in(world, account)
    page = owner.get(CLOSE).text
    assert "You represent Công ty Trà by law" in page
    assert "Your post at Test Ministry" in page
    assert 'action="/account/close"' not in page
    other = signed_in(world, world.add_account(totp=False), "another-person")
    assert 'action="/account/close"' in other.get(CLOSE).text, "the control"
    session = owner.session()
    assert session is not None
    until = clock.now() + 30 * DAY
    with world.transaction() as db:
        values = {"closes_at": until, "today": clock.day_of(clock.now()), "at": clock.now()}
        assert not begin_closing(db, session=session, **values)


def test_nobody_is_given_a_post_who_is_closing_their_account(world: World) -> None:
    account = world.add_account(totp=False)
    signed_in(world, account).post(CLOSE, understood="yes")
    with world.transaction() as db:
        company = add_organization(db, tax_code="0100112437", name="Công ty Sau")
        mandate = Mandate(
            person_id=account.registered.person_id,
            role=OrganizationRole.LEGAL_REPRESENTATIVE,
            organization_id=company.id,
            valid_on=clock.now().date(),
            created_at=clock.now(),
        )
        with pytest.raises(InvalidInput, match="closing"):
            start_mandate(db, mandate)


def test_a_browser_found_open_closes_nothing(world: World) -> None:
    account = world.add_account(totp=False)
    owner = signed_in(world, account)
    owner.get(CLOSE)
    with clock.shifted(2 * world.settings.assurance.enrolment_fresh):
        assert owner.get(CLOSE).headers["location"].startswith("/signin/")
    assert person_of(world, account).closes_at is None


def test_an_account_that_is_looked_into_is_not_erased(world: World) -> None:
    """Suspending it ends the closing: nothing of evidence goes meanwhile."""
    account = world.add_account(totp=False)
    signed_in(world, account).post(CLOSE, understood="yes")
    with world.transaction() as db:
        suspended = PersonStatus.SUSPENDED
        set_status(db, person_id=account.registered.person_id, status=suspended, at=clock.now())
    with clock.shifted(40 * DAY):
        work(world)
    assert person_of(world, account).name


def press_or_erase(
    world: World,
    engine: Engine,
    nth: int,
    *,
    session: CurrentSession,
    due: datetime,
    eraser: int,
) -> str:
    """One of fifty: each tenth is the node's work, the others press “Keep my account”."""
    with transaction(engine) as db:
        if nth % 10 == eraser:
            return "erased" if erase_due(db, keyring=world.keyring, at=due) else ""
        just_before = due - timedelta(seconds=1)
        epoch = undo_closing(db, session=session, at=just_before)
        return "kept" if epoch is not None else ""


def test_of_fifty_who_keep_it_while_it_is_erased_one_side_wins_whole(world: World) -> None:
    """Each round ends in an account that is whole, or in one that is gone: never in between."""
    url = world.settings.database.url
    engine = make_engine(url, pool_size=10, pool_timeout=timedelta(seconds=20))
    with clock.shifted(31 * DAY):
        work(world)  # those of the tests before
    for nth in range(6):
        account = world.add_account(totp=False)
        browser = signed_in(world, account, f"racer-{nth}")
        session = browser.session()
        assert session is not None
        due = clock.now() + timedelta(days=30)
        with world.transaction() as db:
            today = clock.day_of(clock.now())
            assert begin_closing(db, session=session, closes_at=due, today=today, at=clock.now())
        again = signed_in_again(world, account, f"racer-again-{nth}").session()
        assert again is not None

        press = partial(press_or_erase, world, engine, session=again, due=due, eraser=nth)
        with ThreadPoolExecutor(10) as threads:
            said = [one for one in threads.map(press, range(50)) if one]
        assert len(said) == 1, said
        row = person_of(world, account)
        is_gone = row.status is PersonStatus.CLOSED
        assert is_gone == (said == ["erased"])
        assert row.closes_at is None
        assert bool(row.name) != is_gone
        assert count_of(world, PersonIdentifier, account) == (0 if is_gone else 1)
    engine.dispose()
