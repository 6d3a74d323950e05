"""The overview says what is good and at most three things to do, the most urgent first."""

from dataclasses import replace
from typing import Any

import pytest

from idp.account.level import OwnLevel
from idp.account.next_steps import MOST, Standing, next_steps, strengths
from idp.factors.recovery_codes import CodeSet
from idp.kit import clock
from idp.outbox.models import OutboxMessage
from idp.people.contacts import add_contact
from idp.people.models import ContactKind
from tests.account.test_overview import enter, seen
from tests.signin.conftest import World

CODES = CodeSet(made_at=clock.now(), left=10)
LEVEL = OwnLevel(
    acr="LoA3",
    reached=frozenset({"LoA1", "LoA2", "LoA3"}),
    proofing=2,
    ways=(),
    may_add=False,
    may_confirm=False,
    offers_mail=True,
    offers_post=False,
)
GOOD = Standing(
    level=LEVEL,
    email="hoa@example.vn",
    is_email_confirmed=True,
    is_phone_confirmed=False,
    is_unreached=False,
    may_be_reached=True,
    has_letter_back=False,
    codes=CODES,
    may_make_codes=True,
)


def whats(standing: Standing) -> list[str]:
    return [str(step.what) for step in next_steps(standing)]


@pytest.mark.parametrize(
    ("change", "what", "href"),
    [
        ({"level": replace(LEVEL, may_add=True)}, "Set up a second step", "/account/factor"),
        (
            {"level": replace(LEVEL, may_add=True), "has_idle_texts": True},
            "Set up another second step",
            "/account/factor",
        ),
        ({"is_unreached": True}, "Check your e-mail address", "/account/email"),
        ({"has_letter_back": True}, "Your letter came back", "/account/letter"),
        ({"is_email_confirmed": False}, "Confirm your e-mail address", "/account/email"),
        ({"is_email_confirmed": False, "email": ""}, "Add an e-mail address", "/account/email"),
        (
            {"codes": CodeSet(made_at=clock.now(), left=1)},
            "Only 1 recovery code is left",
            "/account/codes",
        ),
        ({"codes": None}, "Print recovery codes", "/account/codes"),
        (
            {"level": replace(LEVEL, may_confirm=True)},
            "Have your second step confirmed",
            "/account/factor",
        ),
        (
            {"level": replace(LEVEL, proofing=1)},
            "Have your identity verified",
            "/account/desk-code",
        ),
        ({"level": replace(LEVEL, proofing=0)}, "Have your identity verified", "/account/confirm"),
    ],
)
def test_what_is_missing_is_the_next_step(change: dict[str, Any], what: str, href: str) -> None:
    [step] = next_steps(replace(GOOD, **change))
    assert (str(step.what), step.href) == (what, href)


def test_who_has_everything_has_nothing_to_do_and_reads_what_is_good() -> None:
    assert next_steps(GOOD) == ()
    assert len(strengths(GOOD)) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"is_email_confirmed": False, "is_phone_confirmed": True},
        {"is_email_confirmed": False, "may_be_reached": False},
        {"codes": None, "may_make_codes": False},
    ],
)
def test_nobody_is_told_to_do_what_they_cannot_or_have(change: dict[str, Any]) -> None:
    assert next_steps(replace(GOOD, **change)) == ()


def test_three_things_at_most_and_the_second_step_first() -> None:
    nothing = replace(
        GOOD,
        level=replace(LEVEL, may_add=True, may_confirm=True, proofing=0),
        email="",
        is_email_confirmed=False,
        codes=None,
    )
    assert len(whats(nothing)) == MOST == 3
    assert whats(nothing)[0] == "Set up a second step"
    assert strengths(nothing) == ()


def test_the_page_shows_them_with_their_links(world: World) -> None:
    page = seen(enter(world, world.add_account(proofing=0, totp=False)))
    assert "What to do next" in page
    assert "Set up a second step" in page
    rich = seen(enter(world, world.add_account()))
    assert "Set up a second step" not in rich
    assert "A second step protects your account." in rich
    assert "Print recovery codes" in rich


def test_an_address_from_which_mail_comes_back_is_said(world: World) -> None:
    account = world.add_account()
    with world.transaction() as db:
        kept = {"keyring": world.keyring, "person_id": account.registered.person_id}
        at = clock.now()
        add_contact(db, kind=ContactKind.EMAIL, value="x@example.vn", at=at, verified_at=at, **kept)
    browser = enter(world, account)
    assert "Check your e-mail address" not in seen(browser), "the control"
    with world.transaction() as db:
        number = str(account.registered.subject_number)
        said = {"kind": "mail.notice", "recipient": number, "key": "1", "outcome": "failed"}
        db.add(OutboxMessage(created_at=clock.now(), next_at=clock.now(), **said))
    assert "Check your e-mail address" in seen(browser)
