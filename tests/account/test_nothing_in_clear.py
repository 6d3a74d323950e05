"""T21: of a day's journeys nothing that opens, finds or calls anybody is readable afterwards."""

import io
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Any

import pyotp
import pytest
import structlog
from pydantic import SecretStr

from idp.kit import clock
from idp.kit.http import GuardedClient
from idp.kit.logs import configure_logs
from idp.kit.outbound_hosts import OutboundHosts
from idp.mail.kinds import mail_kinds
from idp.mandates.roles import StaffRole
from idp.outbox.sender import send_due
from idp.recovery.cancelling import cancel_code, cancel_token
from idp.recovery.machine import advance
from idp.settings import Settings
from idp.settings.server import MailSettings, SmsSettings
from idp.web.routes import room_router
from tests.account.recovering import accept_notice, row_of
from tests.account.test_codes import enter, enter_by_code, make
from tests.account.test_contacts import sent
from tests.account.test_not_me import NEW_PASSWORD, say_so
from tests.account.test_recovery import PATH as RECOVERY
from tests.account.test_recovery import codes_to, title
from tests.mail.conftest import Mailbox, mail_server
from tests.mail.senders import kinds_by_text
from tests.signin.conftest import DECLARED, PASSWORD, Account, Browser, World
from tests.support.app import room_app
from tests.support.clear import dump, forms_of
from tests.support.staff import BASE, staff_visitor

NEW, LATER = "mưa rào tháng bảy nắng tháng ba", "gió bấc hiu hiu đêm mồng chín"
WRONG = "một mật khẩu đoán mò rất dài"
HAPPENED = {
    *("contact.changed", "contact.undone", "factor.enrolled"),
    *("recovery_code.used", "session.disowned", "recovery.done", "recovery.begun"),
    *("recovery.waits", "person.registered", "signin.attempt_failed"),
}
"""What the journal tells of the day: its journeys came as far as they were meant to."""


@dataclass
class Day:
    """Who did what: the secrets they used, by what each is, and what was readable meanwhile."""

    world: World
    secrets: dict[str, str] = field(default_factory=dict)
    dumps: list[dict[str, str]] = field(default_factory=list)

    def knows(self, **secrets: str | None) -> None:
        for name, value in secrets.items():
            if value:
                self.secrets[f"{name} {len(self.secrets)}"] = value

    def of_browser(self, browser: Browser) -> None:
        """Every cookie that somebody could sign in or go on with."""
        names = browser.names
        for name in (names.session, names.browser, names.device):
            self.knows(cookie=browser.client.cookies.get(name))

    def look(self) -> None:
        """Remember all that the database holds at this moment."""
        with self.world.transaction() as db:
            self.dumps.append(dump(db))


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """Sign-in, account and console of a provider that can send mail and text messages."""
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    reached = module_settings.model_copy(update={"mail": mail, "sms": sms})
    app = room_app(reached, *map(room_router, ("idp.signin", "idp.account", "idp.console")))
    yield World(app)
    app.state.runtime.engine.dispose()


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What the program writes into its log, as it does in production."""
    root, usual, stream = logging.getLogger(), sys.stderr, io.StringIO()
    handlers, level = root.handlers[:], root.level
    sys.stderr = stream
    try:
        configure_logs()
        yield stream
    finally:
        sys.stderr = usual
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()


def test_nothing_of_a_day_is_readable(world: World) -> None:
    day = Day(world)
    with logged() as log, mail_server() as mailbox:
        structlog.get_logger("idp.day").info("day.begins")
        account = live_with_contacts(day)
        lose_the_phone(day, account)
        say_it_was_not_me(day, account)
        come_back(day, account)
        wait_as_a_thief(day, account)
        register(day)
        stand_at_a_desk(day)
        get_things_wrong(day, account)
        day.look()
        send_all(world, mailbox)
        day.look()
    written = log.getvalue()
    assert "day.begins" in written, "the log was read"
    assert "request.refused" in written
    assert mailbox.letters
    assert len(day.secrets) > 40
    journal = day.dumps[-1]["public.journal_entry"]
    assert {event for event in HAPPENED if event in journal} == HAPPENED
    for place, found in [("log", written), *(one for kept in day.dumps for one in kept.items())]:
        for name, value in day.secrets.items():
            assert not readable(value, found), f"{name} in {place}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("+84912345678", "…'to': '0912 345 678'…"),
        ("001190100001", r"(7,\x303131393031303030303122)"),
        ("hoa@example.vn", "xx" + "aG9hQGV4YW1wbGUudm4" + "yy"),
        ("hoa@example.vn", "eyJlIjogImhvYUBleGFtcGxlLnZuIn0="),
        ("482913", "(code 482913)"),
        ("4829-1034", "code=48291034"),
    ],
)
def test_what_is_looked_for_is_found(value: str, written: str) -> None:
    """The control: in groups, in hexadecimal, in base64 wherever it stands."""
    assert readable(value, written)
    assert not readable("another-value", written)


def readable(value: str, text: str) -> bool:
    """Whether it stands there in any form; six digits as a number of their own."""
    if re.fullmatch(r"\d{6}", value):
        return bool(re.search(rf"(?<![\w.]){value}(?!\w)", text))
    folded = text.casefold()
    return any(form in text or form.casefold() in folded for form in forms_of(value))


def live_with_contacts(day: Day) -> Account:
    """Sign in, give an address and a number, change the address, and give it back."""
    world, account = day.world, day.world.add_account()
    day.knows(number=account.number, seed=account.totp_secret, password=PASSWORD)
    browser = enter(world, account, "the-browser-of-the-owner-0123456789")
    day.knows(otp=account.code())
    for kind, value in (
        ("email", "hoa.cua.ngay@example.vn"),
        ("phone", "0912555777"),
        ("email", "hoa.moi.tinh@example.vn"),
    ):
        path, code_kind = f"/account/{kind}", "mail.code" if kind == "email" else "sms.code"
        day.knows(contact=value)
        with clock.shifted(timedelta(minutes=3 * (1 + len(day.dumps)))):
            browser = enter(world, account, "the-browser-of-the-owner-0123456789")
            browser.post(path, **{kind: value})
            day.look()
            code = sent(world, account, code_kind)[-1]["code"]
            day.knows(code=code)
            browser.post(f"{path}/code", shown_at=path, **{kind: value}, code="000000")
            browser.post(f"{path}/code", shown_at=path, **{kind: value}, code=code)
            browser.get("/account/details")
    with clock.shifted(timedelta(minutes=20)):
        browser = enter(world, account, "the-browser-of-the-owner-0123456789")
        browser.post("/account/email/undo", shown_at="/account/email")
    day.of_browser(browser)
    return account


def lose_the_phone(day: Day, account: Account) -> None:
    """Print codes, sign in with one, set up another app and name it."""
    world = day.world
    with clock.shifted(timedelta(minutes=30)):
        codes = make(enter(world, account, "the-browser-with-a-printer-01234567"))
        for code in codes:
            day.knows(recovery_code=code)
        browser = enter_by_code(world, account, codes[0], "the-browser-without-a-phone-0123456")
        page = browser.get("/account/factor/new").text
        found = re.search(r'<code tabindex="0">([A-Z2-7 ]+)</code>', page)
        assert found
        secret = found[1].replace(" ", "")
        day.look()
        otp = pyotp.TOTP(secret).at(clock.now())
        browser.post("/account/factor/new", otp=otp)
        day.knows(seed=secret, otp=otp)
        day.of_browser(browser)
        object.__setattr__(account, "totp_secret", secret)


def say_it_was_not_me(day: Day, account: Account) -> None:
    """End everything, and choose a new password."""
    with clock.shifted(timedelta(minutes=40)):
        owner = enter(day.world, account, "the-browser-that-ends-it-all-012345")
        say_so(owner, **{"others.none": "yes"})
        day.look()
        owner.post(NEW_PASSWORD, password=NEW, again=NEW)
        day.knows(password=NEW)
        day.of_browser(owner)


def come_back(day: Day, account: Account) -> None:
    """A browser was closed; address and app set another password."""
    with clock.shifted(timedelta(minutes=50)):
        browser = day.world.browser("the-browser-after-the-closed-01234")
        browser.post(RECOVERY, number=account.number, contact="hoa.cua.ngay@example.vn")
        day.look()
        code = codes_to(day.world, account)[-1]
        day.knows(code=code)
        browser.post(f"{RECOVERY}/code", shown_at=RECOVERY, code=code)
        otp = account.code()
        browser.post(f"{RECOVERY}/second", shown_at=RECOVERY, kind="totp", second=otp)
        browser.post(f"{RECOVERY}/password", shown_at=RECOVERY, password=LATER, again=LATER)
        assert title(browser) == "Your account is yours again"
        day.knows(otp=otp, password=LATER)
        day.of_browser(browser)


def wait_as_a_thief(day: Day, account: Account) -> None:
    """A thief who reads the mail waits; the owner is told."""
    world = day.world
    with clock.shifted(timedelta(minutes=60)):
        thief = world.browser("the-browser-of-the-thief-0123456789", address="198.51.100.77")
        thief.post(RECOVERY, number=account.number, contact="hoa.cua.ngay@example.vn")
        code = codes_to(world, account)[-1]
        thief.post(f"{RECOVERY}/code", shown_at=RECOVERY, code=code)
        thief.post(f"{RECOVERY}/wait", shown_at=RECOVERY)
        accept_notice(world, account)
        with world.transaction() as db:
            advance(db, at=clock.now() + timedelta(hours=25))
        found = row_of(world, account)
        token, stop = (make(world.keyring, found.id) for make in (cancel_token, cancel_code))
        day.knows(code=code, source="198.51.100.77", link=token, stop_code=stop)
        day.of_browser(thief)


def register(day: Day) -> None:
    """Somebody new, whom the register reaches by mail."""
    world = day.world
    number, email = world.new_number().replace("0011", "0010", 1), "binh.moi@example.vn"
    world.add_to_register(number, DECLARED["name"], email=email)
    browser = world.browser("the-browser-of-the-newcomer-01234567")
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/register", **{**DECLARED, "number": number})
    day.look()
    day.knows(number=number, contact=email)
    day.of_browser(browser)


def stand_at_a_desk(day: Day) -> None:
    """Show a code of one's own page, and have an official type it and the card."""
    with clock.shifted(timedelta(minutes=70)):
        account = day.world.add_account(proofing=0, totp=False)
        browser = enter(day.world, account, "the-browser-before-the-desk-0123456")
        browser.post("/account/desk-code")
        page_of = browser.get("/account/desk-code").text
        shown = re.search(r'id="desk-code">([\d-]+)<', page_of)
        assert shown
        day.knows(number=account.number, desk_code=shown[1])
        official = staff_visitor(day.world.app, StaffRole.OPERATOR)
        page = official.open(f"{BASE}/console/people")
        for form in page.forms:
            typed: dict[str, Any] = dict.fromkeys(form.fields, "Nguyễn Thị Hoa")
            typed |= {name: account.number for name in form.fields if "number" in name}
            typed |= {name: shown[1] for name in form.fields if "c" in name and "code" in name}
            typed["csrf_token"] = form.fields.get("csrf_token", "")
            official.post(f"{BASE}{form.action}", typed)
            day.look()


def get_things_wrong(day: Day, account: Account) -> None:
    """Passwords, codes and numbers that are nobody's, and addresses with one in them."""
    browser = day.world.browser("the-browser-that-errs-0123456789012", address="198.51.100.78")
    for number in (account.number, "001190777777"):
        interaction = browser.open()
        browser.post(f"/signin/{interaction}/identifier", identifier=number)
        browser.post(f"/signin/{interaction}/password", password=WRONG)
        day.knows(number=number, password=WRONG)
    browser.get(f"/account/{account.number}?number={account.number}")
    browser.get(f"/recovery/stop/{'ab' * 32}")
    day.knows(link="ab" * 32, source="198.51.100.78")


def send_all(world: World, mailbox: Mailbox) -> None:
    """By a server that takes it, and a gateway that nobody answers at."""
    http = GuardedClient(allows_loopback=True, hosts=OutboundHosts(8, at_host=2, rests=False))
    writer = world.app.state.runtime.mail_writer
    kinds = (
        *mail_kinds(mailbox.settings, writer),
        *kinds_by_text(world.settings.sms, writer, http=http),
    )
    with clock.shifted(timedelta(hours=2)):
        send_due(world.app.state.runtime.engine, Event(), kinds=kinds)
