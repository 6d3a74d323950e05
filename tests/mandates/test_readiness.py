"""What an account has before a post: agreeing asks for what appointing asks for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.accounts.changes import (
    confirm_factor,
    give_factor,
    remove_factor,
    set_password,
    set_status,
)
from idp.accounts.proofing import set_proofing
from idp.catalogue.models import Agency
from idp.factors.binding import bind
from idp.factors.kinds import TOTP
from idp.factors.totp import new_app, new_secret
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.mandates.agreeing import Answer, list_waiting
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.readiness import Lack, list_lacks
from idp.people.models import Person, PersonStatus
from tests.mandates.conftest import AT, TODAY, mandate
from tests.mandates.test_two_operators import OWNER, answer, found_operators, works

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
RESET, SET_UP = AT + timedelta(hours=1), AT + timedelta(hours=2)
MATURE = SET_UP + timedelta(days=3)


def reset(db: Session, person: Person) -> None:
    """What `reset-password --remove-factors` does."""
    reset_to = {"keyring": KEYRING, "password_hash": "new", "kept": ()}
    set_password(db, person_id=person.id, at=RESET, **reset_to)
    remove_factor(db, person_id=person.id, kind=TOTP, at=RESET)


def set_up_app(db: Session, person: Person) -> None:
    """By whoever knows the password: it carries what is proven in three days."""
    app = new_app(KEYRING, person_id=person.id, secret=new_secret(), at=SET_UP)
    app.carries_proofing, app.carries_from = 2, MATURE
    bind(db, app, by="self", at=SET_UP)


def lacks(db: Session, post: Mandate) -> tuple[Lack, ...]:
    [waiting] = [w for w in list_waiting(db, on=TODAY, language="en") if w.id == post.id]
    return waiting.lacks


def test_nobody_agrees_before_a_desk_confirmed_the_app(
    db: Session, person: Person, agency: Agency
) -> None:
    """G16: two agree before any app exists, and whoever knows the password sets one up.

    Nor to one that only waited for three days: no operator was told of it.
    """
    first, second = found_operators(db)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    assert lacks(db, post) == ()
    reset(db, person)
    assert lacks(db, post) == (Lack.FACTOR,)
    assert answer(db, post, first) is Answer.NOT_READY
    set_up_app(db, person)
    assert list_lacks(db, person_id=person.id, at=MATURE) == (), "by time alone"
    assert lacks(db, post) == (Lack.CONFIRMATION,)
    assert [answer(db, post, by) for by in (first, second)] == [Answer.NOT_READY] * 2
    assert not post.agreed_by_numbers
    confirm_factor(db, person_id=person.id, kind=TOTP, by="desk", at=MATURE + timedelta(days=1))
    db.refresh(post)
    assert lacks(db, post) == ()
    assert [answer(db, post, by) for by in (first, second)] == [Answer.DONE] * 2
    assert works(db, post), "the control"


def suspend(db: Session, person: Person) -> None:
    set_status(db, person_id=person.id, status=PersonStatus.SUSPENDED, at=RESET)


def lower(db: Session, person: Person) -> None:
    set_proofing(db, keyring=KEYRING, person_id=person.id, proofing=1, at=RESET)


def take_app(db: Session, person: Person) -> None:
    remove_factor(db, person_id=person.id, kind=TOTP, at=RESET)


def weaken_app(db: Session, person: Person) -> None:
    remove_factor(db, person_id=person.id, kind=TOTP, at=RESET)
    set_up_app(db, person)


LOSSES = {
    suspend: Lack.STATUS,
    lower: Lack.PROOFING,
    take_app: Lack.FACTOR,
    weaken_app: Lack.CONFIRMATION,
}


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_appointing_and_agreeing_ask_for_the_same(
    db: Session, person: Person, agency: Agency, lose: Callable[[Session, Person], None]
) -> None:
    """G4, G16: whatever is missing, neither goes; each of the things missing is one of them."""
    assert {*LOSSES.values()} == {*Lack}
    first, _ = found_operators(db)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    lose(db, person)
    db.execute(update(Mandate).where(Mandate.id == post.id).values(agreed_by_numbers=[]))
    db.refresh(post)
    assert lacks(db, post) == (LOSSES[lose],)
    assert answer(db, post, first) is Answer.NOT_READY


def test_a_suspended_account_is_not_appointed(db: Session, person: Person, agency: Agency) -> None:
    """G4: the control is every appointment above."""
    suspend(db, person)
    with pytest.raises(InvalidInput, match="an active account"):
        start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))


def test_an_app_that_a_desk_gave_is_enough(db: Session, person: Person, agency: Agency) -> None:
    first, _ = found_operators(db)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    app = new_app(KEYRING, person_id=person.id, secret=new_secret(), at=RESET)
    give_factor(db, app, at=RESET)
    db.refresh(post)
    assert answer(db, post, first) is Answer.DONE
