"""T14: who showed what the account had before takes it back from whoever got it by waiting."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select, update

from idp.account.recovery_visit import HAVE, PATH
from idp.accounts.changes import keep_factors, set_password, set_status
from idp.accounts.lost import give_password
from idp.accounts.proofing import set_proofing
from idp.factors.credentials import read_credentials
from idp.factors.models import Authenticator
from idp.factors.recovery_codes import use_code
from idp.factors.ways import list_ways, remove_suspended
from idp.kit import clock
from idp.people.contacts import find_addressee, replace_contact
from idp.people.identifiers import claim_number
from idp.people.models import ContactKind, Person, PersonStatus
from idp.personal_data.erasing import erase_due
from idp.recovery.machine import advance, finish
from idp.recovery.models import Recovery, State
from tests.account.recovering import (
    HOURS,
    NEW,
    epoch,
    let_days_pass,
    notices_to,
    row_of,
    take_over,
    taken_over,
    title,
    with_address,
)
from tests.account.recovering import world as world  # noqa: PLC0414 - a fixture
from tests.signin.conftest import PASSWORD, Account, Browser, World
from tests.support.people import add_person, give_app, give_codes

BACK = f"{HAVE}/back"
OWN = "bếp lửa sáng mùa đông"
NOT_RIGHT = "do not belong together"


def show(browser: Browser, account: Account, **typed: str) -> str:
    """Type what the account had before; the page that follows."""
    usual = {"number": account.number, "password": PASSWORD, "kind": "totp"}
    fields = {**usual, "second": account.code(), **typed}
    answer = browser.post(BACK, **fields)
    assert answer.status_code == 303
    return str(browser.get(answer.headers["location"]).text)


def take_back(browser: Browser) -> str:
    browser.post(f"{PATH}/password", shown_at=PATH, password=OWN, again=OWN)
    return title(browser)


def kinds(world: World, account: Account) -> set[str]:
    with world.transaction() as db:
        own = read_credentials(db, person_id=account.registered.person_id)
    return {kind.name for kind in own.held}


def owner(world: World, account: Account) -> Browser:
    return world.browser(f"owner-{account.number}-0123456789")


def test_the_owner_takes_it_back_on_four_pages_and_the_thief_has_nothing(world: World) -> None:
    account, address, thief = taken_over(world)
    person_id = account.registered.person_id
    interaction = thief.open()
    thief.post(f"/signin/{interaction}/identifier", identifier=account.number)
    thief.post(f"/signin/{interaction}/password", password=NEW)
    assert thief.session() is not None
    with world.transaction() as db:
        give_app(db, keyring=world.keyring, person_id=person_id)
        new = {"kind": ContactKind.EMAIL, "value": "thief@example.vn"}
        at = clock.now()
        replace_contact(db, keyring=world.keyring, person_id=person_id, at=at, **new)
    browser, told = owner(world, account), notices_to(world, account)
    assert "take it back" in browser.get(HAVE).text
    assert "somebody who could read the mail or text messages of your account" in show(
        browser, account
    )
    assert title(browser) == "Take your account back"
    assert take_back(browser) == "Your account is yours again"
    assert thief.session() is None
    assert kinds(world, account) == {"password", "totp"}
    assert notices_to(world, account) == told + 1
    with world.transaction() as db:
        own = read_credentials(db, person_id=person_id)
        number = account.registered.subject_number
        found = find_addressee(
            db, keyring=world.keyring, kind=ContactKind.EMAIL, subject_number=number
        )
    assert own.proofing == 2
    assert own.confirmed(at=clock.now()) == own.held
    assert found is not None
    assert found.value == address
    assert NOT_RIGHT in show(owner(world, account), account), "nothing rests any more"


def test_what_was_got_by_waiting_is_of_the_lowest_level_until_it_is_proved_again(
    world: World,
) -> None:
    account, _, _ = taken_over(world)
    with world.transaction() as db:
        assert read_credentials(db, person_id=account.registered.person_id).proofing == 0
    assert kinds(world, account) == {"password"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": NEW},
        {"second": "000000"},
        {"kind": "recovery_code"},
        {"second": "AAAA-BBBB-CCCC-DDDD", "kind": "recovery_code"},
    ],
    ids=["the password now", "another code", "of no set", "a made-up code"],
)
def test_all_of_it_must_be_right(world: World, wrong: dict[str, str]) -> None:
    account, _, _ = taken_over(world)
    browser, before = owner(world, account), epoch(world, account)
    assert NOT_RIGHT in show(browser, account, **wrong)
    assert take_back_is_over(browser)
    assert epoch(world, account) == before
    assert "choose a new password" in show(browser, account), "the control"


def test_all_that_is_lacking_is_said_at_once(world: World) -> None:
    """Each sentence leads to its field; what was typed and is no secret stays."""
    account, _, _ = taken_over(world)
    browser = owner(world, account)
    fields = ("number", "password", "kind", "second")
    empty = show(browser, account, **dict.fromkeys(fields, ""))
    assert [name for name in fields if f'href="#{name}"' not in empty] == []
    half = show(browser, account, password="")
    assert [name for name in fields if f'href="#{name}"' in half] == ["password"]
    assert account.number in half
    assert 'value="totp" checked' in half
    assert "choose a new password" in show(browser, account), "the control"


def take_back_is_over(browser: Browser) -> bool:
    """Whether this browser has nothing to take back: no step of it is answered."""
    answer = browser.post(f"{PATH}/password", shown_at=BACK, password=OWN, again=OWN)
    return bool(answer.status_code == 400)


def test_who_lost_nothing_has_nothing_to_take_back(world: World) -> None:
    account, stranger = world.add_account(), world.new_number()
    assert NOT_RIGHT in show(owner(world, account), account)
    assert NOT_RIGHT in show(owner(world, account), account, number=stranger)


@pytest.mark.parametrize(("days", "is_back"), [(29, True), (30, False)])
def test_it_can_be_done_for_30_days(world: World, *, days: int, is_back: bool) -> None:
    account, _, _ = taken_over(world)
    let_days_pass(world, account, days)
    with world.transaction() as db:
        advance(db, at=clock.now())
        remove_suspended(db, at=clock.now(), limit=100)
    has_password = row_of(world, account).former_password_encrypted is not None
    assert has_password is is_back, "what is of no use any more is deleted"
    browser = owner(world, account)
    show(browser, account)
    assert (title(browser) == "Take your account back") is is_back


def act_prove(world: World, account: Account) -> None:
    with world.transaction() as db:
        who = {"keyring": world.keyring, "person_id": account.registered.person_id}
        set_proofing(db, proofing=2, at=clock.now(), **who)


def act_reach_the_register(world: World, account: Account) -> None:
    """A code to the register's contact: whoever reads the mailbox may have typed it."""
    with world.transaction() as db:
        who = {"keyring": world.keyring, "person_id": account.registered.person_id}
        set_proofing(db, proofing=1, at=clock.now(), **who)


def act_change_the_password(world: World, account: Account) -> None:
    with world.transaction() as db:
        who = {"keyring": world.keyring, "person_id": account.registered.person_id}
        set_password(db, password_hash="$argon2id$other", kept=(), at=clock.now(), **who)


def act_remove_all(world: World, account: Account) -> None:
    with world.transaction() as db:
        keep_factors(db, person_id=account.registered.person_id, kept=(), at=clock.now())


def act_suspend(world: World, account: Account) -> None:
    """Whoever looks into it does so undisturbed: nothing of the account changes meanwhile."""
    with world.transaction() as db:
        who = {"person_id": account.registered.person_id, "at": clock.now()}
        set_status(db, status=PersonStatus.SUSPENDED, **who)


def act_give_a_password(world: World, account: Account) -> None:
    """An official does, at the desk or by the command."""
    with world.transaction() as db:
        who = {"keyring": world.keyring, "person_id": account.registered.person_id}
        given = {"password_hash": "$argon2id$other", "has_factors": True, "at": clock.now()}
        give_password(db, **who, **given)  # type: ignore[arg-type]


def act_take_the_number(world: World, account: Account) -> None:
    """Another account of whoever reads the mailbox, and a code to the register's contact there."""
    with world.transaction() as db:
        other = add_person(db)
        who = {"keyring": world.keyring, "person_id": other.id, "at": clock.now()}
        claim_number(db, number=account.number, **who)
        db.execute(update(Person).where(Person.id == other.id).values(proofing=0))
        set_proofing(db, proofing=1, **who)


def test_an_account_that_the_thief_was_closing_stays(world: World) -> None:
    account, _, _ = taken_over(world)
    mine = Person.id == account.registered.person_id
    with world.transaction() as db:
        closing = {"closes_at": clock.now() + timedelta(days=30)}
        db.execute(update(Person).where(mine).values(closing))
    browser = owner(world, account)
    show(browser, account)
    assert take_back(browser) == "Your account is yours again"
    with world.transaction() as db:
        assert db.scalar(select(Person.closes_at).where(mine)) is None


def test_an_account_that_the_thief_closed_is_not_erased_while_it_can_be_taken_back(
    world: World,
) -> None:
    """`IDP_CLOSING__UNDONE_WITHIN` may be seven days."""
    account, _, _ = taken_over(world)
    control = world.add_account().registered.person_id
    due = clock.now() + timedelta(days=7)
    with world.transaction() as db:
        both = Person.id.in_([account.registered.person_id, control])
        db.execute(update(Person).where(both).values(closes_at=due))
        while erase_due(db, keyring=world.keyring, at=due):
            pass
        closed = select(Person.id).where(both, Person.status == PersonStatus.CLOSED)
        assert db.scalars(closed).all() == [control]
    with world.transaction() as db:
        assert erase_due(db, keyring=world.keyring, at=due + timedelta(days=23)) == 1


@pytest.mark.parametrize(
    ("act", "is_back"),
    [
        (act_prove, False),
        (act_give_a_password, False),
        (act_reach_the_register, True),
        (act_change_the_password, True),
        (act_remove_all, True),
        (act_take_the_number, True),
        (act_suspend, False),
    ],
)
def test_an_officials_word_ends_it_and_nothing_that_who_has_the_account_does(
    world: World, act: Callable[[World, Account], None], *, is_back: bool
) -> None:
    """Before what was shown, and between that and the button."""
    account, _, _ = taken_over(world)
    browser = owner(world, account)
    show(browser, account)
    act(world, account)
    assert (take_back(browser) == "Your account is yours again") is is_back
    account, _, _ = taken_over(world)
    act(world, account)
    browser = owner(world, account)
    show(browser, account)
    assert (title(browser) == "Take your account back") is is_back


def test_what_rests_is_no_way_that_anybody_changes(world: World) -> None:
    account, _, _ = taken_over(world)
    person_id = account.registered.person_id
    with world.transaction() as db:
        assert list_ways(db, person_id=person_id, at=clock.now()) == ()
        rests = (Authenticator.person_id == person_id, Authenticator.lost_at.is_not(None))
        assert db.scalar(select(func.count()).where(*rests)) == 1
        own = read_credentials(db, person_id=person_id)
    assert not own.factors


def test_the_first_of_several_counts(world: World) -> None:
    """Who got it by waiting, and loses it by another's waiting, takes nothing back."""
    account, _, _ = taken_over(world)
    person_id = account.registered.person_id
    with world.transaction() as db:
        secret = give_app(db, keyring=world.keyring, person_id=person_id)
        at, now = clock.now() - HOURS, read_credentials(db, person_id=person_id)
        second = Recovery(
            browser_hash=b"another's",
            about_hash=b"",
            person_id=person_id,
            state=State.READY,
            is_slow=True,
            epoch=now.credentials_epoch,
            code_hash=b"",
            code_tries=0,
            code_until=at,
            code_taken_at=clock.now(),
            begun_at=at,
            proved_at=at,
            ready_at=at,
        )
        db.add(second)
        db.flush()
        new = {"keyring": world.keyring, "password_hash": "$argon2id$made-up"}
        assert finish(db, second, at=clock.now(), **new)
    thiefs = pyotp.TOTP(secret).at(clock.now())
    assert NOT_RIGHT in show(owner(world, account), account, password=NEW, second=thiefs)
    browser = owner(world, account)
    show(browser, account)
    assert take_back(browser) == "Your account is yours again"
    with world.transaction() as db:
        rests = (Authenticator.person_id == person_id, Authenticator.removed_at.is_(None))
        assert db.scalar(select(func.count()).where(*rests)) == 1, "nor does the second rest"


def test_it_is_of_the_browser_in_which_it_was_shown_for_30_minutes(world: World) -> None:
    account, _, _ = taken_over(world)
    browser, other = owner(world, account), world.browser("another-browser-0123456789012")
    show(browser, account)
    assert take_back_is_over(other)
    with clock.shifted(timedelta(minutes=31)):
        assert title(browser) == "Get your account back"


def test_who_finds_that_it_was_themselves_ends_here(world: World) -> None:
    account, _, _ = taken_over(world)
    browser, before = owner(world, account), epoch(world, account)
    show(browser, account)
    browser.post(f"{PATH}/stop", shown_at=PATH)
    assert "It is ended in this browser." in browser.get(HAVE).text
    assert title(browser) == "Get your account back"
    assert epoch(world, account) == before


def test_a_recovery_code_of_the_set_before_does_as_well(world: World) -> None:
    """The app may be lost for good; what the thief made of the kind is gone."""
    account, address = with_address(world)
    person_id = account.registered.person_id
    with world.transaction() as db:
        before = give_codes(db, keyring=world.keyring, person_id=person_id)
    take_over(world, account, address)
    with world.transaction() as db:
        give_app(db, keyring=world.keyring, person_id=person_id)
        thiefs = give_codes(db, keyring=world.keyring, person_id=person_id)
    browser = owner(world, account)
    assert NOT_RIGHT in show(browser, account, kind="recovery_code", second=thiefs[0])
    show(browser, account, kind="recovery_code", second=before[0])
    assert take_back(browser) == "Your account is yours again"
    assert kinds(world, account) == {"password", "totp", "recovery_code"}
    with world.transaction() as db:
        given = {"keyring": world.keyring, "person_id": person_id, "at": clock.now()}
        assert use_code(db, typed=thiefs[1], **given) is None
        assert use_code(db, typed=before[0], **given) is None, "it was used"
        assert use_code(db, typed=before[1], **given) is not None
