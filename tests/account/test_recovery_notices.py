"""Each notice is of its own recovery: what is late, or of one that ended, moves no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.account.recovery_visit import PATH
from idp.kit import clock
from idp.mail.letters import RECOVERY_MAIL
from idp.outbox.models import OutboxMessage
from idp.recovery.cancelling import refuse
from idp.recovery.notices import note_notice, told_of
from tests.account.recovering import (
    HOURS,
    let_days_pass,
    let_pass,
    prove_address,
    row_of,
    run,
    title,
    wait_for,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import World


def test_a_late_notice_of_one_that_ended_starts_no_other_wait(world: World) -> None:
    """A gateway was down; the owner stopped the first; the clock of the second is its own."""
    account, address = with_address(world)
    browser = world.browser(f"waits-twice-{account.number}-012345")
    ids = []
    for _ in range(2):
        prove_address(world, account, address, browser)
        browser.post(f"{PATH}/wait", shown_at=PATH)
        assert title(browser) == "You are waiting"
        ids.append(row_of(world, account).id)
        if len(ids) == 1:
            browser.post(f"{PATH}/stop", shown_at=PATH)
            browser.post(f"{PATH}/anew", shown_at=PATH)
            let_pass(world, account, timedelta(minutes=1))
    for told, runs in ((ids[0], False), (ids[1], True)):
        with world.transaction() as db:
            note_notice(db, told_of(told), at=clock.now())
        assert (row_of(world, account).ready_at is not None) is runs


def test_each_message_names_the_recovery_that_it_is_about(world: World) -> None:
    """What stops it, and why it was refused, is that one's, however late it is read."""
    account, address = with_address(world)
    browser = world.browser(f"is-refused-{account.number}-012345")
    writer, number = world.app.state.runtime.mail_writer, account.registered.subject_number
    for because in ("The first reason", "The second reason"):
        prove_address(world, account, address, browser)
        browser.post(f"{PATH}/wait", shown_at=PATH)
        with world.transaction() as db:
            recovery_id = row_of(world, account).id
            assert refuse(db, recovery_id, because=because, at=clock.now())
        let_days_pass(world, account, 8)
        let_pass(world, account, timedelta(days=8))
        browser.post(f"{PATH}/anew", shown_at=PATH)
    mine = (OutboxMessage.kind == RECOVERY_MAIL, OutboxMessage.recipient == str(number))
    with world.transaction() as db:
        rows = db.scalars(select(OutboxMessage).where(*mine).order_by(OutboxMessage.created_at))
        letters = [writer.read(db, row) for row in rows]
    said = ["\n".join(letter.paragraphs) for letter in letters if letter]
    refused = [text for text in said if "reason" in text]
    assert ["first" in text for text in refused] == [True, False]
    stops = [text.partition("/recovery/stop/")[2][:64] for text in said if "/stop/" in text]
    assert len(set(stops)) == 2


@pytest.mark.parametrize("is_stopped", [True, False])
def test_that_somebody_waits_is_not_told_late_of_what_was_stopped(
    world: World, *, is_stopped: bool
) -> None:
    """A server was down meanwhile; that it was asked for, and stopped, is told all the same."""
    account, address = with_address(world)
    thief = wait_for(world, account, address)
    let_pass(world, account, 24 * HOURS)
    run(world)
    if is_stopped:
        thief.post(f"{PATH}/stop", shown_at=PATH)
    number = str(account.registered.subject_number)
    mine = (OutboxMessage.kind == RECOVERY_MAIL, OutboxMessage.recipient == number)
    writer = world.app.state.runtime.mail_writer
    with world.transaction() as db:
        rows = db.scalars(select(OutboxMessage).where(*mine).order_by(OutboxMessage.created_at))
        subjects = [letter.subject if (letter := writer.read(db, row)) else "" for row in rows]
    waits = any("vẫn đang chờ" in subject for subject in subjects)
    assert waits is not is_stopped
    assert len([subject for subject in subjects if subject]) == 2
