"""T14's two channels: notices by mail and text message, and the code in a text that stops it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.account.recovery_visit import HAVE, PATH
from idp.kit import clock
from idp.mail.text_messages import read_text
from idp.mail.texts import RECOVERY_TEXT
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from idp.rate_limits import CANCEL_TRIES_AT_SOURCE
from idp.recovery.cancelling import cancel_code
from idp.recovery.machine import MOST_CANCEL_TRIES, OPEN_FOR
from idp.recovery.models import Recovery, State
from tests.account.recovering import (
    HOURS,
    let_pass,
    notices_to,
    row_of,
    run,
    title,
    wait_for,
    waiting,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import Account, Browser, World
from tests.support.statements import statements

STOP = f"{HAVE}/stop"
NOT_RIGHT = "do not belong together"


def with_phone(world: World) -> tuple[Account, str]:
    account, address = with_address(world)
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.PHONE,
            value=f"+8491{account.number[-7:]}",
            at=clock.now() - timedelta(days=9),
            verified_at=clock.now() - timedelta(days=9),
        )
    return account, address


def texts_to(world: World, account: Account) -> list[str]:
    mine = (
        OutboxMessage.kind == RECOVERY_TEXT,
        OutboxMessage.recipient == str(account.registered.subject_number),
    )
    writer = world.app.state.runtime.mail_writer
    with world.transaction() as db:
        rows = db.scalars(select(OutboxMessage).where(*mine).order_by(OutboxMessage.created_at))
        read = [read_text(writer, db, row) for row in rows]
    return [text.text for text in read if text is not None]


def stop(browser: Browser, account: Account, code: str) -> str:
    answer = browser.post(STOP, number=account.number, code=code)
    assert (answer.status_code, answer.headers["location"]) == (303, STOP)
    return str(browser.get(STOP).text)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


def test_both_channels_are_told_at_0_24_and_48_hours_and_the_code_stops_it(world: World) -> None:
    account, address = with_phone(world)
    thief = wait_for(world, account, address)
    for passed in (24, 24):
        let_pass(world, account, passed * HOURS)
        run(world)
    told = texts_to(world, account)
    assert (len(told), notices_to(world, account)) == (3, 3)
    codes = {re.findall(r"\d{8}", text)[-1] for text in told}
    assert codes == {cancel_code(world.keyring, row_of(world, account).id)}
    owner = world.browser("owner-reads-texts-0123456789", address="192.0.2.70")
    spaced = re.sub(r"(\d{4})", r" \1 ", codes.pop())
    assert "It is stopped." in stop(owner, account, spaced)
    assert (row_of(world, account).state, row_of(world, account).reason) == (
        State.CANCELLED,
        "code",
    )
    assert title(thief) == "This is over"
    assert "The owner of the account stopped it." in thief.get(PATH).text
    let_pass(world, account, HOURS)
    [*_, last] = texts_to(world, account)
    assert "da dung luc" in last or "was stopped" in last


def test_a_code_stops_it_once_and_is_of_its_account(world: World) -> None:
    account, _, _ = waiting(world)
    another, _, _ = waiting(world)
    code = cancel_code(world.keyring, row_of(world, account).id)
    owner = world.browser("owner-of-one-account-0123456789", address="192.0.2.71")
    assert NOT_RIGHT in stop(owner, another, code)
    assert row_of(world, another).state is State.WAITING
    assert "It is stopped." in stop(owner, account, code)
    owner.post(STOP, number=another.number, code="1")
    assert NOT_RIGHT in stop(owner, account, code)


def test_a_network_guesses_ten_times_and_uses_up_nobody_elses_tries(world: World) -> None:
    """The link's 128 bits nobody guesses; of 10⁸ codes, few are read at most."""
    account, _, _ = waiting(world)
    code = cancel_code(world.keyring, row_of(world, account).id)
    wrong = other_than(code)
    thief = world.browser("guesses-codes-0123456789012", address="198.51.100.1")
    for _ in range(10):
        assert NOT_RIGHT in stop(thief, account, wrong)
    assert "No more codes are sent or read for now" in stop(thief, account, code)
    assert row_of(world, account).state is State.WAITING
    owner = world.browser("owner-elsewhere-012345678901", address="192.0.2.72")
    assert "It is stopped." in stop(owner, account, code)


def test_whoever_waits_does_not_use_up_the_owners_tries(world: World) -> None:
    """One network's ten an hour, hour after hour: a hundred in all were used up after ten."""
    account, _, _ = waiting(world)
    code = cancel_code(world.keyring, row_of(world, account).id)
    per_network = CANCEL_TRIES_AT_SOURCE.most(world.settings.throttle)
    for hour in range(100 // per_network):
        thief = world.browser(f"hour-{hour}-01234567890123", address=f"203.0.113.{hour}")
        for _ in range(per_network):
            stop(thief, account, other_than(code))
    owner = world.browser("owner-in-time-01234567890123", address="192.0.2.74")
    assert "It is stopped." in stop(owner, account, code)
    longest = timedelta(days=14) + OPEN_FOR  # of `RecoverySettings.wait`
    assert per_network * (longest // HOURS) < MOST_CANCEL_TRIES < 2**15


def test_the_last_wrong_one_from_everywhere_is_the_last(world: World) -> None:
    account, _, _ = waiting(world)
    code = cancel_code(world.keyring, row_of(world, account).id)
    with world.transaction() as db:
        of_person = Recovery.person_id == account.registered.person_id
        db.execute(update(Recovery).where(of_person).values(cancel_tries=1))
    guesser = world.browser("guesses-last-0123456789012", address="203.0.113.99")
    assert NOT_RIGHT in stop(guesser, account, other_than(code))
    owner = world.browser("owner-too-late-01234567890123", address="192.0.2.73")
    assert NOT_RIGHT in stop(owner, account, code)
    owner.sign_in(owner.open(needed_authentication=2), account, code=True)
    run(world)
    assert row_of(world, account).state is State.CANCELLED, "the second step stops it all the same"


def test_nobody_learns_whether_somebody_waits(world: World) -> None:
    """Status, headers, bytes and the number of statements are those of any number."""
    account, _, _ = waiting(world)
    still = world.add_account()
    engine = world.app.state.runtime.engine
    seen = set()
    for index, number in enumerate((account.number, still.number, world.new_number())):
        browser = world.browser(f"asks-{index}-{number}-0123", address=f"192.0.2.{80 + index}")
        browser.get(STOP)
        with statements(engine) as sent:
            answer = browser.post(STOP, number=number, code="00000000")
        page = re.sub(r'(nonce|value)="[^"]*"|nonce-[\w-]+', "", browser.get(STOP).text)
        headers = tuple(sorted(set(answer.headers) - {"date"}))
        seen.add((answer.status_code, answer.headers["location"], headers, page, len(sent)))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": "12", "code": "1"}, "12 digits"),
        ({"number": "001190123456", "code": ""}, "Enter the code of the message."),
    ],
)
def test_what_is_no_number_or_no_code_is_said(
    world: World, typed: dict[str, str], told: str
) -> None:
    browser = world.browser("types-too-little-0123456789", address="192.0.2.90")
    assert told in browser.refused(STOP, **typed)


def test_an_owner_who_is_signed_in_finds_it_on_their_own_page_and_stops_it(world: World) -> None:
    """Their sign-in was before it began, so that it stops nothing by itself."""
    account, address = with_address(world)
    other, _ = with_address(world)
    owner, control = (world.browser(f"at-home-{one.number}-0123456789") for one in (account, other))
    for browser, one in ((owner, account), (control, other)):
        with clock.shifted(-timedelta(minutes=20)):
            browser.sign_in(browser.open(needed_authentication=2), one, code=True)
    wait_for(world, account, address)
    link = re.search(r'href="(/recovery/stop/[0-9a-f]+)"', owner.get("/account").text)
    assert link
    assert "/recovery/stop/" not in control.get("/account").text
    assert row_of(world, account).state is State.WAITING, "looking stops nothing"
    owner.post(link[1])
    assert row_of(world, account).state is State.CANCELLED
    assert "/recovery/stop/" not in owner.get("/account").text
