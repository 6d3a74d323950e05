"""“This was not me”: what somebody else may have of an account, and its owner's ways back."""

import html
import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.account.recovery_visit import PATH as RECOVERY
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSKEY, RECOVERY_CODE, TOTP
from idp.factors.models import Authenticator
from idp.journal.models import JournalEntry
from idp.kit import clock
from tests.account.recovering import NEW, prove_address, title, with_address
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.account.test_codes import enter_by_code, events, held, make
from tests.account.test_not_me import NEW_PASSWORD, signed_in, ways
from tests.account.test_told import status
from tests.signin.conftest import Account, Browser, World
from tests.support.passkeys import SoftKey
from tests.support.people import give_codes, give_passkey

OWNERS, THIEFS = "owners-browser-0123456789-abcde", "thiefs-browser-0123456789-abcde"
LONG_AGO = timedelta(days=30)
ASKED = "Could somebody else have one of these"


def with_sheet(world: World, *, key: SoftKey | None = None) -> tuple[Account, str, Sequence[str]]:
    """An account with an app, and a sheet (and a passkey) of a month ago."""
    account, address = with_address(world)
    person_id, at = account.registered.person_id, clock.now() - LONG_AGO
    with world.transaction() as db:
        codes = give_codes(db, keyring=world.keyring, person_id=person_id, at=at)
        if key is not None:
            give_passkey(db, key, keyring=world.keyring, person_id=person_id, at=at)
    return account, address, codes


def boxes(page: str) -> dict[str, tuple[str, bool]]:
    """The name of each box by how its text begins, and whether it is ticked."""
    found = re.findall(
        r'name="(others\.[\w-]+)"\s+value="yes"( checked)?>\s*<label[^>]*>([^<,:]+)', page
    )
    return {html.unescape(text).strip(): (name, bool(ticked)) for name, ticked, text in found}


def say(browser: Browser, *kinds: str) -> str:
    """Disown the newest event and tick these; the page that follows."""
    [way, *_] = ways(browser)
    named = boxes(browser.get(way).text)
    answer = browser.post(way, **{named[kind][0]: "yes" for kind in kinds})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def use_in_recovery(world: World, account: Account, address: str, code: str, name: str) -> str:
    """What whoever reads that mailbox comes to with a code of the sheet."""
    browser = world.browser(f"{name}-{account.number}-0123456789")
    prove_address(world, account, address, browser)
    browser.post(f"{RECOVERY}/second", shown_at=RECOVERY, kind="recovery_code", second=code)
    return title(browser)


@pytest.mark.parametrize("is_said", [True, False])
def test_who_has_a_picture_of_the_sheet_gets_in_only_if_its_owner_vouches_for_it(
    world: World, *, is_said: bool
) -> None:
    """A thief with the sheet of a month ago, and the mailbox; the control: the owner has it all."""
    account, address, codes = with_sheet(world)
    owner = signed_in(world, account, OWNERS, code=True)
    assert say(owner, "Recovery codes" if is_said else "None of these") == NEW_PASSWORD
    assert (RECOVERY_CODE in held(world, account)) is not is_said
    assert (("factor.removed", "recovery_code") in events(world, account, "factor.removed")) is (
        is_said
    )
    owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    told = status(owner.get("/account").text)
    assert ("Make new recovery codes" in told) is is_said
    came = use_in_recovery(world, account, address, codes[3], "thief")
    assert (came == "Choose a new password") is not is_said
    if is_said:
        assert TOTP in held(world, account)
        new = make(owner)
        assert use_in_recovery(world, account, address, new[0], "owner") == "Choose a new password"


def test_nothing_happens_until_it_is_said(world: World) -> None:
    """Neither with no box ticked, nor with “none” beside another; what was ticked stays so."""
    account, _, _ = with_sheet(world)
    owner = signed_in(world, account, OWNERS, code=True)
    [way, *_] = ways(owner)
    page = owner.get(way).text
    assert ASKED in page
    assert [ticked for _, ticked in boxes(page).values()] == [False, False]
    assert "tick only" in owner.refused(way)
    again = owner.refused(way, **{name: "yes" for name, _ in boxes(page).values()})
    assert [ticked for _, ticked in boxes(again).values()] == [True, True]
    assert owner.session() is not None
    assert owner.post(way, **{"others.none": "yes"}).headers["location"] == NEW_PASSWORD


def test_who_has_shown_all_there_is_is_not_asked(world: World) -> None:
    account, _ = with_address(world)
    owner = signed_in(world, account, OWNERS, code=True)
    [way, *_] = ways(owner)
    assert ASKED not in owner.get(way).text
    assert owner.post(way).headers["location"] == NEW_PASSWORD


def test_a_code_that_somebody_else_used_ticks_the_sheet(world: World) -> None:
    account, _, codes = with_sheet(world)
    enter_by_code(world, account, codes[0], THIEFS)
    owner = signed_in(world, account, OWNERS, code=True)
    with world.transaction() as db:
        used = db.scalars(
            select(JournalEntry.id).where(
                JournalEntry.subject_number == account.registered.subject_number,
                JournalEntry.event == "recovery_code.used",
            )
        ).one()
    page = owner.get(f"/account/activity/{used}/not-me").text
    assert boxes(page)["Recovery codes"][1] is True
    [newest, *_] = ways(owner)
    assert boxes(owner.get(newest).text)["Recovery codes"][1] is False, "the control"


@pytest.mark.parametrize("is_said", [True, False])
def test_a_passkey_in_other_hands_no_longer_signs_in(world: World, *, is_said: bool) -> None:
    """It needs no password, so that a new one would not keep out who has the old telephone."""
    key = SoftKey()
    account, _, _ = with_sheet(world, key=key)
    owner = signed_in(world, account, OWNERS, code=True)
    say(owner, "Passkey" if is_said else "None of these")
    owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert (PASSKEY in held(world, account)) is not is_said
    with world.transaction() as db:
        rests = select(Authenticator.id).where(
            Authenticator.person_id == account.registered.person_id,
            Authenticator.suspended_until.is_not(None),
        )
        aside = list(db.scalars(rests))
    assert len(aside) == is_said
    if is_said:
        owner.post(f"/account/way?way={aside[0]}", way=str(aside[0]), do="restore")
        assert PASSKEY in held(world, account), "had back within the day"


def test_who_says_it_with_a_code_keeps_the_sheet_until_another_counts(world: World) -> None:
    """The telephone is gone, and the app with it: without the sheet there was no second step."""
    account, _, codes = with_sheet(world)
    owner = enter_by_code(world, account, codes[0], OWNERS)
    [way, *_] = ways(owner)
    page = owner.get(way).text
    assert {"Authenticator app", "None of these"} == {*boxes(page)}
    assert "without them you would be locked out" in page
    say(owner, "Authenticator app")
    assert {TOTP, RECOVERY_CODE} & held(world, account) == {RECOVERY_CODE}
    owner.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert "the sheet you used stops working" in status(owner.get("/account").text)
    new = make(owner)
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    assert own.confirmed(at=clock.now()), "what was proven is carried by the new sheet"
    assert not {*new} & {*codes}


def test_a_thief_who_says_it_first_locks_nobody_out(world: World) -> None:
    """In a session with all there is, by a code that the owner was talked into reading aloud.

    They take everything away that they may; what they showed stays, which the owner has, and so do
    the contacts. What they did is told.
    """
    key = SoftKey()
    account, address, codes = with_sheet(world, key=key)
    thief = signed_in(world, account, THIEFS, code=True)
    say(thief, "Recovery codes", "Passkey")
    thief.post(NEW_PASSWORD, password=NEW, again=NEW)
    assert thief.session() is not None
    assert ("session.disowned", None) in events(world, account, "session.disowned")
    came = use_in_recovery(world, account, address, codes[0], "owner-without-app")
    assert came == "Do you have one of these?", "by the address alone one waits, and is told of it"
    owner = world.browser(f"owner-{account.number}-0123456789")
    prove_address(world, account, address, owner)
    with clock.shifted(timedelta(minutes=1)):
        code = account.code()
        owner.post(f"{RECOVERY}/second", shown_at=RECOVERY, kind="totp", second=code)
        assert title(owner) == "Choose a new password"
        own = "bếp lửa sáng mùa đông"
        owner.post(f"{RECOVERY}/password", shown_at=RECOVERY, password=own, again=own)
        assert title(owner) == "Your account is yours again"
    assert thief.session() is None
