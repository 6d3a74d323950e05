"""T14: who found the phone and knows its PIN takes no account back; its owner does.

The passkey is right each time: what is asked for besides is not in the phone.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import accumulate
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import func, select, update

from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator, FailureCounter, RecoveryCode
from idp.factors.recovery_codes import new_sheet
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.people.models import Person
from idp.recovery.models import Recovery, State
from tests.account.recovering import NEW, row_of, take_over, with_address
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.account.test_recovery_alike import hidden, seen
from tests.account.test_recovery_back_passkey import (
    BACK,
    BOTH,
    HAPPENED,
    NOTHING,
    OVER,
    ask,
    give,
    lost,
    owner,
    send,
    show,
    take_back,
)
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.passkeys import SoftKey

OWNS = "Your account is yours again"
FIFTY = 50


def lost_without_password(
    world: World, key: SoftKey, *, days: int | None = 11
) -> tuple[Account, tuple[str, ...]]:
    """The same of an account whose password was void, and the codes it had for so many days."""
    account, address = with_address(world, totp=False)
    give(world, account, key)
    codes = () if days is None else give_codes(world, account, days=days)
    with world.transaction() as db:
        mine = Person.id == account.registered.person_id
        db.execute(update(Person).where(mine).values(password_encrypted=None))
    take_over(world, account, address)
    assert row_of(world, account).former_password_encrypted is None
    return account, codes


def give_codes(world: World, account: Account, *, days: int) -> tuple[str, ...]:
    """Recovery codes that they have for so many days."""
    made = {"person_id": account.registered.person_id, "at": clock.now() - timedelta(days=days)}
    codes, new = new_sheet(world.keyring, **made)  # type: ignore[arg-type]
    new.carries_proofing = 2
    with world.transaction() as db:
        db.add(new)
    return codes


def thief(world: World, account: Account, nth: int = 0) -> Browser:
    name = f"found-the-phone-{account.number}-{nth}-0123"
    return world.browser(name, address=f"198.51.{nth % 200}.{1 + int(account.number[-2:])}")


def wrong_ones(world: World, account: Account) -> int:
    """How many wrong passwords the journal has of that account."""
    mine = {
        "event": "signin.attempt_failed",
        "subject_number": account.registered.subject_number,
        "reason": "password",
    }
    count = select(func.count()).select_from(JournalEntry).filter_by(**mine)
    with world.transaction() as db:
        return db.scalar(count) or 0


@pytest.mark.parametrize("guess", [NEW, "000000", "AAAA-BBBB-CCCC-DDDD"])
def test_the_phone_alone_takes_nothing_back_and_does_not_hear_whether_there_was_a_password(
    world: World, guess: str
) -> None:
    """Of both, status, headers, page and statements are the same; the control: its owner does."""
    heard = set()
    with_one, without = SoftKey(), SoftKey()
    account = lost(world, with_one)
    other, codes = lost_without_password(world, without)
    for key, one in ((with_one, account), (without, other)):
        browser = thief(world, one)
        options, carried = ask(browser)
        form: dict[str, Any] = {"answer": key.get(options), "asked": carried, "before": guess}
        heard.add(seen(browser, f"{BACK}/passkey", shown_at=BACK, **form))
    [answer] = heard
    assert NOTHING in str(answer)
    for key, one, right in ((with_one, account, PASSWORD), (without, other, codes[0])):
        with clock.shifted(timedelta(minutes=1)):
            browser = owner(world, one)
            assert HAPPENED in show(browser, key, before=right)
            assert take_back(browser) == OWNS


def test_without_anything_typed_nothing_is_judged_and_the_answer_still_counts(
    world: World,
) -> None:
    key = SoftKey()
    account = lost(world, key)
    browser = owner(world, account)
    options, carried = ask(browser)
    assert BOTH in send(browser, key.get(options), carried, before="")
    assert wrong_ones(world, account) == 0
    assert HAPPENED in send(browser, key.get(options), carried, before=PASSWORD)


def test_a_code_stands_for_no_password_that_there_was(world: World) -> None:
    """Nor is it spent by who types it there."""
    key = SoftKey()
    account, address = with_address(world, totp=False)
    give(world, account, key)
    codes = give_codes(world, account, days=30)
    take_over(world, account, address)
    assert NOTHING in show(thief(world, account), key, before=codes[0])
    with world.transaction() as db:
        own = RecoveryCode.authenticator_id.in_(
            select(Authenticator.id).where(Authenticator.person_id == account.registered.person_id)
        )
        used = select(func.count()).where(own, RecoveryCode.used_at.is_not(None))
        assert db.scalar(used) == 0
    with clock.shifted(timedelta(minutes=1)):
        assert HAPPENED in show(owner(world, account), key, before=PASSWORD), "the control"


@pytest.mark.parametrize(("days", "is_told"), [(11, True), (9, False), (None, False)])
def test_codes_stand_for_it_that_were_there_a_week_before_and_only_then_is_it_told(
    world: World, *, days: int | None, is_told: bool
) -> None:
    """Whoever has the phone prints a new set in a minute. It was begun three days ago."""
    key = SoftKey()
    account, codes = lost_without_password(world, key, days=days)
    about = {"event": "recovery.done", "subject_number": account.registered.subject_number}
    with world.transaction() as db:
        [entry] = db.scalars(select(JournalEntry).filter_by(**about))
    assert entry.data == {"shown": "", **({"kind": "waited"} if is_told else {})}
    page = show(owner(world, account), key, before=codes[0] if codes else "0" * 16)
    assert (HAPPENED if is_told else NOTHING) in page


def test_each_code_does_once(world: World) -> None:
    key = SoftKey()
    account, codes = lost_without_password(world, key)
    assert HAPPENED in show(owner(world, account), key, before=codes[0])
    assert NOTHING in show(thief(world, account), key, before=codes[0])


def test_of_fifty_guesses_with_the_passkey_those_are_read_that_need_not_wait(world: World) -> None:
    """From fifty networks at once: the account counts, and has them wait, whoever asks."""
    key = SoftKey()
    account = lost(world, key)
    browsers = [thief(world, account, nth) for nth in range(FIFTY)]
    forms = [filled_in(browser, key, "not the one before") for browser in browsers]
    began, waits = monotonic(), accumulate(world.settings.throttle.waits)

    def guess(nth: int) -> int:
        return settled(browsers[nth], forms[nth])

    with ThreadPoolExecutor(FIFTY) as threads:
        assert Counter(threads.map(guess, range(FIFTY))) == {303: FIFTY}
    took = monotonic() - began
    assert 1 <= wrong_ones(world, account) <= 1 + sum(ended <= took for ended in waits) < FIFTY
    with clock.shifted(timedelta(minutes=30)):
        browser = owner(world, account)
        assert HAPPENED in show(browser, key), "the control"


def filled_in(browser: Browser, key: SoftKey, before: str) -> dict[str, str]:
    options, carried = ask(browser)
    answer = key.get(options)
    return {**hidden(browser, BACK), "answer": answer, "asked": carried, "before": before}


def settled(browser: Browser, form: dict[str, str]) -> int:
    """Sent until it is answered by somebody who is not busy."""
    while True:
        answer = browser.client.post(f"{BACK}/passkey", data=form)
        if answer.status_code != 503:
            return int(answer.status_code)


def test_of_one_answer_sent_fifty_times_at_once_one_counts(world: World) -> None:
    key = SoftKey()
    account = lost(world, key)
    name = f"owner-{account.number}-0123456789"
    first = owner(world, account)
    form = filled_in(first, key, PASSWORD)

    def press(nth: int) -> int:
        browser = world.browser(name, address=f"198.51.100.{nth}")
        for cookie in first.client.cookies.jar:
            browser.client.cookies.jar.set_cookie(cookie)
        return settled(browser, {**form, "answer": form["answer"] + " " * nth})

    with ThreadPoolExecutor(FIFTY) as threads:
        assert set(threads.map(press, range(FIFTY))) == {303}
    begun = (Recovery.person_id == account.registered.person_id, Recovery.takes_back.is_not(None))
    with world.transaction() as db:
        states = db.scalars(select(Recovery.state).where(*begun)).all()
    assert states == [State.READY]
    assert OVER in send(first, f"{form['answer']} again", form["asked"])


def test_a_stranger_has_nobody_wait(world: World) -> None:
    """Without its passkey no wrong password is counted against an account."""
    key = SoftKey()
    account = lost(world, key)
    for lie in ({"challenge": "AAAA"}, {"signature": b"none"}, {"origin": "https://x.example"}):
        show(thief(world, account), key, before="a guess of a stranger", **lie)
    assert wrong_ones(world, account) == 0
    with world.transaction() as db:
        assert read_credentials(db, person_id=account.registered.person_id)
        before = db.scalar(select(func.count()).select_from(FailureCounter))
    assert NOTHING in show(thief(world, account), key, before="a guess with the phone")
    assert wrong_ones(world, account) == 1, "the control"
    with world.transaction() as db:
        assert db.scalar(select(func.count()).select_from(FailureCounter)) == (before or 0) + 1


def test_who_guesses_with_the_phone_keeps_the_owner_out_of_no_browser_of_theirs(
    world: World,
) -> None:
    key = SoftKey()
    account = lost(world, key)
    mine = owner(world, account)
    sign_in(mine, account)
    for nth in range(12):
        with clock.shifted(timedelta(minutes=nth)):
            show(thief(world, account, nth), key, before=f"a guess {nth} with the phone")
    assert "Too many wrong attempts." in show(thief(world, account, 20), key)
    mine.client.cookies.delete(mine.names.session)
    sign_in(mine, account)


def sign_in(browser: Browser, account: Account) -> None:
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    browser.post(f"/signin/{interaction}/password", password=NEW)
    assert browser.session() is not None
