"""Getting an account back: T14 line by line, and who learns nothing (people.md of the design)."""

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.account.recovery_visit import HAVE, PATH
from idp.factors.credentials import read_credentials
from idp.kit import clock
from idp.mail.letters import RECOVERY_MAIL
from idp.outbox.models import OutboxMessage
from idp.people.contacts import replace_contact
from idp.people.models import ContactKind, Person
from idp.recovery.cancelling import cancel_token
from idp.recovery.machine import finish
from idp.recovery.models import Recovery, State
from tests.account.recovering import (
    HOURS,
    NEW,
    codes_to,
    epoch,
    finish_it,
    let_pass,
    notices_to,
    prove_address,
    row_of,
    run,
    title,
    waiting,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import World
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

HAVE_FORM = "/recovery/address"


def test_the_first_page_says_what_follows_from_what_is_left(world: World) -> None:
    page = world.browser().get(HAVE).text
    for said in ("What do you still have?", "a recovery code", "72 hours", "one-stop shop"):
        assert said in page


def test_all_that_is_wrong_is_said_at_once(world: World) -> None:
    browser = world.browser("hasty-0123456789-0123456789")
    for typed, wrong in (
        ({"number": "", "contact": ""}, ["number", "contact"]),
        ({"number": world.new_number(), "contact": ""}, ["contact"]),
        ({"number": "12", "contact": "an@example.org"}, ["number"]),
    ):
        answer = browser.post(PATH, **typed)
        shown = browser.get(answer.headers["location"]).text
        assert [name for name in typed if f'href="#{name}"' in shown] == wrong


def test_nobody_learns_whose_number_and_address_were_typed(world: World) -> None:
    """T5, T12: same status, and bytes but tokens; a code only where both are right."""
    account, address = with_address(world)
    other, _ = with_address(world)
    bare = world.add_account()
    tried = [
        (account.number, address),
        (other.number, address),
        (bare.number, address),
        (world.new_number(), address),
    ]
    seen = set()
    for index, (number, email) in enumerate(tried):
        browser = world.browser(f"curious-{index}-{number}-0123456789", address=f"192.0.2.{index}")
        answer = browser.post(PATH, number=number, contact=email)
        page = browser.get(PATH)
        wrong = browser.post(f"{PATH}/code", shown_at=PATH, code="12345")
        after = browser.get(PATH)
        parts = (page.text, after.text)
        alike = [re.sub(r'(nonce|value)="[^"]*"|nonce-[\w-]+', "", part) for part in parts]
        seen.add((answer.status_code, answer.headers["location"], wrong.status_code, *alike))
    assert len(seen) == 1
    assert len(codes_to(world, account)) == 1
    assert not codes_to(world, other)
    assert not codes_to(world, bare)


def test_with_the_app_a_new_password_is_set_at_once(world: World) -> None:
    """The level stays: app and proofing are kept, all else ends."""
    account, address = with_address(world)
    browser = world.browser("owner-of-an-app-0123456789")
    before = epoch(world, account)
    prove_address(world, account, address, browser)
    browser.post(f"{PATH}/second", shown_at=PATH, kind="totp", second="000000")
    assert "This code is not right" in browser.get(PATH).text
    browser.post(f"{PATH}/second", shown_at=PATH, kind="totp", second=account.code())
    assert title(browser) == "Choose a new password"
    browser.post(f"{PATH}/password", shown_at=PATH, password="ngắn", again="ngắn")
    assert title(browser) == "Choose a new password"
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"
    assert epoch(world, account) > before
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    assert {kind.name for kind in own.held} == {"password", "totp"}
    assert own.proofing == 2


def test_with_a_passkey_a_new_password_is_set_at_once_and_anothers_does_not_help(
    world: World,
) -> None:
    account, address = with_address(world)
    keys = SoftKey(), SoftKey()
    with world.transaction() as db:
        for key, whose in zip(keys, (account, world.add_account()), strict=True):
            person_id = whose.registered.person_id
            give_passkey(db, key, keyring=world.keyring, person_id=person_id)
    browser = world.browser("browser-with-the-passkey-01234567")
    prove_address(world, account, address, browser)
    for key, step in zip(reversed(keys), ("second", "password"), strict=True):
        found = re.search(r'data-options="([^"]*)"', browser.get(PATH).text)
        assert found
        asked = html.unescape(found.group(1))
        assert "allowCredentials" not in asked
        sent = key.get(asked)
        browser.post(f"{PATH}/passkey", shown_at=PATH, purpose="own", answer=sent)
        page = browser.get(PATH).text
        assert ("Choose a new password" in page) is (step == "password"), step
        assert ("does not work here" in page) is (step == "second")


def test_an_account_without_second_step_needs_the_address_alone(world: World) -> None:
    account, address = with_address(world, totp=False)
    browser = world.browser("owner-of-a-password-0123456789")
    prove_address(world, account, address, browser)
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "Your account is yours again"


def test_the_wait_is_72_hours_from_the_first_notice(world: World) -> None:
    """T14: at 71:59 refused, at 72:01 allowed; then nothing is proven, and the app is gone."""
    account, address, browser = waiting(world)
    let_pass(world, account, 72 * HOURS - timedelta(minutes=1))
    run(world)
    assert title(browser) == "You are waiting"
    browser.post(PATH, shown_at=HAVE_FORM, contact=address)
    assert len(codes_to(world, account)) == 1, "no code before its time"
    browser.post(f"{PATH}/password", shown_at=HAVE_FORM, password=NEW, again=NEW)
    assert row_of(world, account).state is State.WAITING
    let_pass(world, account, timedelta(minutes=2))
    assert title(browser) == "The wait is over"
    browser.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert title(browser) == "The wait is over", "the evidence is asked for again"
    assert finish_it(world, account, address, browser) == "Your account is yours again"
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    assert {kind.name for kind in own.held} == {"password"}
    assert own.proofing == 0


def test_notices_go_out_at_0_24_and_48_hours_and_when_ready(world: World) -> None:
    account, _, _ = waiting(world)
    counts = [notices_to(world, account)]
    for passed in (24, 24, 24):
        let_pass(world, account, passed * HOURS)
        run(world)
        run(world)
        counts.append(notices_to(world, account))
    assert counts == [1, 2, 3, 4]
    assert row_of(world, account).state is State.READY
    let_pass(world, account, 73 * HOURS)
    run(world)
    assert row_of(world, account).state is State.EXPIRED


def test_the_clock_does_not_start_before_a_notice_was_accepted(world: World) -> None:
    account, address = with_address(world)
    browser = world.browser("unheard-of-0123456789")
    prove_address(world, account, address, browser)
    browser.post(f"{PATH}/wait", shown_at=PATH)
    let_pass(world, account, 23 * HOURS)
    run(world)
    assert row_of(world, account).ready_at is None
    let_pass(world, account, 2 * HOURS)
    run(world)
    assert (row_of(world, account).state, row_of(world, account).reason) == (
        State.REFUSED,
        "unreached",
    )
    assert "No message could be delivered" in browser.get(PATH).text


def test_another_browser_finds_nothing(world: World) -> None:
    account, _, _ = waiting(world)
    other = world.browser("another-browser-0123456789")
    assert title(other) == "Get your account back"
    let_pass(world, account, 72 * HOURS)
    assert title(other) == "Get your account back"
    for step in ("code", "second", "wait", "password", "stop"):
        other.post(f"{PATH}/{step}", shown_at=PATH, code="123456", password=NEW)
    assert row_of(world, account).state is State.WAITING


def test_the_link_stops_it_by_its_button_alone_and_once(world: World) -> None:
    account, address, thief = waiting(world)
    token = cancel_token(world.keyring, row_of(world, account).id)
    owner = world.browser("owner-reads-mail-0123456789")
    path = f"/recovery/stop/{token}"
    for made_up in (f"{token[:-1]}{'0' if token[-1] != '0' else '1'}", "x", token.upper()):
        assert "There is nothing to stop" in owner.get(f"/recovery/stop/{made_up}").text
    owner.client.head(path)
    assert "Stop it" in owner.get(path).text
    assert row_of(world, account).state is State.WAITING
    owner.post(path)
    assert "It is stopped." in owner.get("/recovery/stop").text
    assert row_of(world, account).state is State.CANCELLED
    assert "There is nothing to stop" in owner.get(path).text
    late = world.browser("owner-reads-late-0123456789")
    late.post(path, shown_at="/recovery/stop")
    assert "There is nothing to stop" in late.get("/recovery/stop").text
    assert "The owner of the account stopped it." in thief.get(PATH).text
    thief.post(f"{PATH}/anew", shown_at=PATH)
    let_pass(world, account, HOURS)
    prove_address(world, account, address, thief)
    thief.post(f"{PATH}/wait", shown_at=PATH)
    assert "stopped or tried too often" in thief.get(PATH).text, "seven days' rest"


def test_a_full_sign_in_stops_it_and_a_password_does_not(world: World) -> None:
    """Also at the instant of finishing, before anything swept."""
    account, address, thief = waiting(world)
    owner = world.browser("owner-signs-in-0123456789")
    owner.sign_in(owner.open(), account)
    run(world)
    assert row_of(world, account).state is State.WAITING
    let_pass(world, account, 72 * HOURS)
    owner = world.browser("owner-with-the-app-0123456789")
    owner.sign_in(owner.open(needed_authentication=2), account, code=True)
    assert finish_it(world, account, address, thief) != "Your account is yours again"
    run(world)
    assert (row_of(world, account).state, row_of(world, account).reason) == (
        State.CANCELLED,
        "sign_in",
    )


def test_a_password_changed_meanwhile_ends_it(world: World) -> None:
    account, address, thief = waiting(world)
    let_pass(world, account, 72 * HOURS)
    with world.transaction() as db:
        of_person = Person.id == account.registered.person_id
        db.execute(update(Person).where(of_person).values(credentials_epoch=7))
    assert finish_it(world, account, address, thief) == "This is over"


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_code_to_an_address_that_was_replaced_since_finishes_nothing(
    world: World, *, is_replaced: bool
) -> None:
    account, address = with_address(world, totp=False)
    reader = world.browser(f"reader-{account.number}-012345678")
    prove_address(world, account, address, reader)
    if is_replaced:
        with world.transaction() as db:
            replace_contact(
                db,
                keyring=world.keyring,
                kind=ContactKind.EMAIL,
                person_id=account.registered.person_id,
                value=f"new-{address}",
                at=clock.now(),
            )
    before = epoch(world, account)
    reader.post(f"{PATH}/password", shown_at=PATH, password=NEW, again=NEW)
    assert (epoch(world, account) == before) is is_replaced


def test_one_waits_at_a_time_for_an_account(world: World) -> None:
    account, address, _ = waiting(world)
    second = world.browser("second-thief-0123456789")
    let_pass(world, account, HOURS)
    prove_address(world, account, address, second)
    second.post(f"{PATH}/wait", shown_at=PATH)
    assert "Somebody waits for this account already" in second.get(PATH).text
    second.post(f"{PATH}/second", shown_at=PATH, kind="totp", second=account.code())
    assert title(second) == "Choose a new password", "the owner's app is worth more"
    with world.transaction() as db:
        slow = (Recovery.person_id == account.registered.person_id, Recovery.is_slow)
        assert list(db.scalars(select(Recovery.state).where(*slow))) == [State.CANCELLED]


def test_codes_and_steps_work_once_and_in_order(world: World) -> None:
    """Skipped, reordered, replayed; after five wrong codes the right one is refused."""
    account, address = with_address(world)
    browser = world.browser("in-a-hurry-0123456789")
    for step in ("code", "second", "wait", "password"):
        browser.post(f"{PATH}/{step}", shown_at=PATH, code="1", second="1", password=NEW)
    assert title(browser) == "Get your account back"
    browser.post(PATH, number=account.number, contact=address)
    [code] = codes_to(world, account)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        browser.post(f"{PATH}/code", shown_at=PATH, code=wrong)
    browser.post(f"{PATH}/code", shown_at=PATH, code=code)
    assert title(browser) == "Type the code"
    for step in ("second", "wait", "password"):
        browser.post(f"{PATH}/{step}", shown_at=PATH, second=account.code(), password=NEW)
    assert row_of(world, account).state is State.BEGUN


def test_of_fifty_at_once_one_finishes(world: World) -> None:
    """The state moves by one conditional UPDATE."""
    account, address = with_address(world, totp=False)
    browser = world.browser("fifty-at-once-0123456789")
    prove_address(world, account, address, browser)
    found, before = row_of(world, account), epoch(world, account)

    def finish_once(_: int) -> bool:
        with world.transaction() as db:
            new = {"keyring": world.keyring, "password_hash": "$argon2id$made-up"}
            return finish(db, found, at=clock.now(), **new)

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(finish_once, range(50))) == [False] * 49 + [True]
    assert epoch(world, account) > before


def test_a_notice_says_how_it_is_stopped(world: World) -> None:
    account, address, _ = waiting(world)
    number = str(account.registered.subject_number)
    writer = world.app.state.runtime.mail_writer
    with world.transaction() as db:
        mine = (OutboxMessage.kind == RECOVERY_MAIL, OutboxMessage.recipient == number)
        letter = writer.read(db, db.scalars(select(OutboxMessage).where(*mine)).one())
    assert letter is not None
    assert letter.address == address
    token = cancel_token(world.keyring, row_of(world, account).id)
    assert f"/recovery/stop/{token}" in "".join(letter.paragraphs)
    assert "72" in "".join(letter.paragraphs)
