"""Getting an account back, as tests walk it: an account, a browser, and time that passes."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from idp.account.recovery_visit import PATH
from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator
from idp.kit import clock
from idp.mail.letters import RECOVERY_MAIL
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.recovery.machine import advance
from idp.recovery.models import Recovery
from idp.recovery.notices import note_notice, told_of
from idp.settings import Settings
from idp.settings.server import MailSettings, SmsSettings
from idp.web.routes import room_router
from tests.signin.conftest import Account, Browser, World
from tests.support.app import room_app
from tests.support.codes import sent_codes

NEW = "mưa rào tháng bảy nắng"
HOURS = timedelta(hours=1)


@pytest.fixture(scope="module")
def world(module_settings: Settings) -> Iterator[World]:
    """Sign-in and account pages of a provider that can send mail."""
    yield from _world(module_settings)


@pytest.fixture(scope="module")
def texting_world(module_settings: Settings) -> Iterator[World]:
    """The same of one that can send text messages, too."""
    sms = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr("key-of-the-tests"))
    yield from _world(module_settings, sms=sms)


def _world(settings: Settings, **reached: object) -> Iterator[World]:
    mail = MailSettings(host="127.0.0.1", sender="id@id.example")
    settings = settings.model_copy(update={"mail": mail, **reached})
    app = room_app(settings, room_router("idp.signin"))
    app.router.routes += room_router("idp.account").routes
    yield World(app)
    app.state.runtime.engine.dispose()


def with_number(
    world: World, *, totp: bool = True, days: int = 30, is_verified: bool = True
) -> tuple[Account, str]:
    """An account that is reached by a telephone alone, which it has for so many days."""
    account, since = world.add_account(totp=totp), clock.now() - timedelta(days=days)
    number = f"+8491{account.number[-7:]}"
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.PHONE,
            value=number,
            at=since,
            verified_at=since if is_verified else None,
        )
    return account, number


def with_address(world: World, *, totp: bool = True) -> tuple[Account, str]:
    account = world.add_account(totp=totp)
    address = f"{account.number}@example.vn"
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.EMAIL,
            value=address,
            at=clock.now() - timedelta(days=30),
            verified_at=clock.now() - timedelta(days=30),
        )
    return account, address


def codes_to(world: World, account: Account, *, kind: ContactKind = ContactKind.EMAIL) -> list[str]:
    person_id = account.registered.person_id
    with world.transaction() as db:
        sent = sent_codes(db, keyring=world.keyring, person_id=person_id, kind=kind)
    return [each["code"] for each in sent]


def notices_to(world: World, account: Account) -> int:
    number = str(account.registered.subject_number)
    mine = (OutboxMessage.kind == RECOVERY_MAIL, OutboxMessage.recipient == number)
    with world.transaction() as db:
        return len(db.scalars(select(OutboxMessage.id).where(*mine)).all())


def row_of(world: World, account: Account) -> Recovery:
    of_person = Recovery.person_id == account.registered.person_id
    with world.transaction() as db:
        row = db.scalars(select(Recovery).where(of_person).order_by(Recovery.begun_at.desc()))
        found = row.first()
        assert found is not None
        db.expunge(found)
        return found


def title(browser: Browser) -> str:
    found = re.search(r"<h1[^>]*>([^<]*)", browser.get(PATH).text)
    return found[1].strip() if found else ""


def prove_address(world: World, account: Account, address: str, browser: Browser) -> None:
    assert browser.post(PATH, number=account.number, contact=address).status_code == 303
    browser.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])


def let_pass(world: World, account: Account, passed: timedelta) -> None:
    """Have everything of the recovery have happened so much earlier."""
    times = ("begun_at", "proved_at", "code_taken_at", "code_until", "noticed_at", "ready_at")
    earlier = {name: getattr(Recovery, name) - passed for name in times}
    with world.transaction() as db:
        of_person = Recovery.person_id == account.registered.person_id
        db.execute(update(Recovery).where(of_person).values(earlier))


def let_days_pass(world: World, account: Account, days: int) -> None:
    """Have what was finished, and set aside by it, been so many days earlier."""
    passed, person_id = timedelta(days=days), account.registered.person_id
    with world.transaction() as db:
        of_person = Recovery.person_id == person_id
        db.execute(update(Recovery).where(of_person).values(ended_at=Recovery.ended_at - passed))
        rests = (Authenticator.person_id == person_id, Authenticator.lost_at.is_not(None))
        earlier = {
            "lost_at": Authenticator.lost_at - passed,
            "suspended_until": Authenticator.suspended_until - passed,
        }
        db.execute(update(Authenticator).where(*rests).values(earlier))


def run(world: World) -> None:
    with world.transaction() as db:
        advance(db, at=clock.now())


def wait_for(world: World, account: Account, address: str) -> Browser:
    """Somebody waits for that account, and a first notice was accepted; their browser."""
    thief = world.browser(f"thief-{account.number}-0123456789")
    prove_address(world, account, address, thief)
    assert title(thief) == "Do you have one of these?"
    thief.post(f"{PATH}/wait", shown_at=PATH)
    assert title(thief) == "You are waiting"
    accept_notice(world, account)
    return thief


def accept_notice(world: World, account: Account) -> None:
    """A server takes a notice of the newest recovery: its wait begins."""
    told = told_of(row_of(world, account).id)
    with world.transaction() as db:
        note_notice(db, told, at=clock.now())


def waiting(world: World) -> tuple[Account, str, Browser]:
    """An account for which somebody waits."""
    account, address = with_address(world)
    return account, address, wait_for(world, account, address)


def finish_it(world: World, account: Account, address: str, browser: Browser) -> str:
    """Ask for a code again, type it, and set a password; where that led."""
    browser.post(PATH, contact=address)
    browser.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    return title(browser)


def epoch(world: World, account: Account) -> int:
    with world.transaction() as db:
        return read_credentials(db, person_id=account.registered.person_id).credentials_epoch


def take_over(world: World, account: Account, address: str) -> Browser:
    """Somebody got that account by waiting, with the password NEW; their browser."""
    thief = wait_for(world, account, address)
    let_pass(world, account, 72 * HOURS)
    assert finish_it(world, account, address, thief) == "Your account is yours again"
    return thief


def taken_over(world: World) -> tuple[Account, str, Browser]:
    """An account that somebody got by waiting."""
    account, address = with_address(world)
    return account, address, take_over(world, account, address)
