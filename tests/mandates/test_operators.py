"""Whose word counts, who ends a post, and who is told of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg.errors
import pytest
from sqlalchemy import Engine, Select, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from idp.accounts.changes import set_password, set_status
from idp.catalogue.models import Agency
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine
from idp.kit.errors import InvalidInput
from idp.mandates.agreeing import Answer, Answering, agree, list_waiting, refuse
from idp.mandates.changes import end_given, end_mandate, start_mandate
from idp.mandates.holding import Because, hold_posts
from idp.mandates.models import Mandate
from idp.mandates.operators import list_at_work
from idp.outbox.models import OutboxMessage
from idp.people.models import Person, PersonStatus
from tests.mandates.conftest import AT, TODAY, journaled, mandate
from tests.mandates.test_two_operators import (
    DEVELOPER,
    OPERATOR,
    OWNER,
    answer,
    found_operators,
    staff,
    works,
)
from tests.support.people import add_agency
from tests.support.postgres import Database

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
LATER = AT + timedelta(hours=1)


@pytest.fixture
def own_engine(database: Database) -> Iterator[Engine]:
    """What these tests commit is nobody else's."""
    engine = make_engine(database.app_url)
    yield engine
    engine.dispose()


def post_of(db: Session, operator: Answering) -> Mandate:
    theirs = select(Mandate).where(
        Mandate.person_id == operator.person_id, Mandate.role == OPERATOR
    )
    return db.scalars(theirs).one()


def dismiss(db: Session, operator: Answering, _agency: Agency) -> None:
    end_mandate(db, mandate_id=post_of(db, operator).id, on=TODAY, at=LATER)


def suspend(db: Session, operator: Answering, _agency: Agency) -> None:
    set_status(db, person_id=operator.person_id, status=PersonStatus.SUSPENDED, at=LATER)


def hold_back(db: Session, operator: Answering, _agency: Agency) -> None:
    hold_posts(db, person_id=operator.person_id, because=Because.FACTOR, at=LATER)


def employ(db: Session, operator: Answering, agency: Agency) -> None:
    """Near that agency, too."""
    below = add_agency(db, code="G12.7")
    below.parent_id = agency.id
    start_mandate(db, mandate(operator.person_id, DEVELOPER, agency_id=below.id))


@pytest.mark.parametrize(
    "lose", [dismiss, suspend, hold_back, employ], ids=lambda lose: lose.__name__
)
@pytest.mark.parametrize("is_late", [False, True])
def test_only_words_count_of_those_who_could_say_them_now(
    db: Session,
    person: Person,
    agency: Agency,
    lose: Callable[[Session, Answering, Agency], None],
    *,
    is_late: bool,
) -> None:
    """G16, G28: a word of somebody who has no say any more is neither counted nor shown.

    Nor one that was on its way (`is_late`) while they lost it.
    """
    first, second, third, _ = found_operators(db, count=4)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    answer(db, post, first)
    lose(db, first, agency)
    if is_late:
        post.agreed_by_numbers = [first.number]
        db.flush()
    else:
        db.refresh(post)
    [waits] = list_waiting(db, on=TODAY, language="en")[:1]
    assert waits.agreed == ()
    assert answer(db, post, first) is Answer.OWN
    assert answer(db, post, second) is Answer.DONE
    assert not works(db, post)
    assert answer(db, post, third) is Answer.DONE
    assert works(db, post), "the control: two who have a say"


def test_what_an_operator_said_before_their_post_waited_never_comes_back(
    db: Session, person: Person, agency: Agency
) -> None:
    """G16: a word that was on its way while staff set the speaker's password."""
    first, second, third = found_operators(db, count=3)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    hold_back(db, first, agency)
    post.agreed_by_numbers = [first.number]
    db.flush()
    own = post_of(db, first)
    db.refresh(own)
    assert [answer(db, own, by) for by in (second, third)] == [Answer.DONE] * 2
    db.refresh(post)
    assert works(db, own)
    assert answer(db, post, second) is Answer.DONE
    assert not works(db, post)


def test_a_lifted_suspension_brings_no_word_back(
    db: Session, person: Person, agency: Agency
) -> None:
    first, second, third = found_operators(db, count=3)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    answer(db, post, first)
    for status in (PersonStatus.SUSPENDED, PersonStatus.ACTIVE):
        set_status(db, person_id=first.person_id, status=status, at=LATER)
    db.refresh(post)
    answer(db, post, second)
    assert not works(db, post)
    answer(db, post, third)
    assert works(db, post)


@contextmanager
def _waits(session: Session) -> Iterator[None]:
    """What is done in it would have to wait for another transaction."""
    session.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
    with pytest.raises(OperationalError) as refused:
        yield
    assert isinstance(refused.value.orig, psycopg.errors.LockNotAvailable)


def test_a_password_set_while_its_owner_agrees_waits_for_their_word(own_engine: Engine) -> None:
    """G16: so it is forgotten then. Somebody else's is set at once, the control."""
    with Session(own_engine, expire_on_commit=False) as db:
        first, second = found_operators(db)
        agency = add_agency(db, code="G55")
        post = start_mandate(db, mandate(staff(db).id, OWNER, agency_id=agency.id))
        db.commit()
        assert answer(db, post, first) is Answer.DONE
        with Session(own_engine) as desk:
            reset = {"keyring": KEYRING, "password_hash": "new", "kept": (), "at": LATER}
            set_password(desk, person_id=second.person_id, **reset)
            with _waits(desk):
                set_password(desk, person_id=first.person_id, **reset)


def test_two_dismissals_at_once_do_not_leave_one_operator(own_engine: Engine) -> None:
    """G3: each counts once the other is done. A developer's post ends at once, the control."""
    with Session(own_engine, expire_on_commit=False) as db:
        _, second, third = found_operators(db, count=3)
        agency = add_agency(db, code="G56")
        employ(db, second, agency)
        db.commit()
        dismiss(db, third, agency)
        with Session(own_engine) as other:
            developing = select(Mandate.id).where(Mandate.role == DEVELOPER)
            end_mandate(other, mandate_id=other.scalars(developing).one(), on=TODAY, at=LATER)
            with _waits(other):
                dismiss(other, second, agency)
        db.commit()
        with Session(own_engine) as other, pytest.raises(InvalidInput):
            dismiss(other, second, agency)


def test_nobody_ends_alone_what_was_held_back(db: Session, person: Person, agency: Agency) -> None:
    """G16: one holds back all others by resetting their passwords, and refuses their posts."""
    first, second, third = found_operators(db, count=3)
    owning = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    owning.waits_since = None
    db.flush()
    held = [post_of(db, second), owning]
    for post in held:
        hold_posts(db, person_id=post.person_id, because=Because.PASSWORD, at=LATER)
        db.refresh(post)
    waiting = list_waiting(db, on=TODAY, language="en")
    assert not any(w.may_refuse for w in waiting)
    for w in waiting:
        said = {"post_id": w.id, "seen": w.version, "by": first, "on": TODAY, "at": LATER}
        assert refuse(db, **said) is Answer.HELD_BACK
        assert agree(db, **said) is Answer.DONE, "the control: they may speak of it"
    assert {w.id for w in list_waiting(db, on=TODAY, language="en")} == {post.id for post in held}
    assert third.number in list_at_work(db, on=TODAY)


def reclaim(db: Session, operator: Answering, _agency: Agency) -> None:
    end_given(db, person_id=operator.person_id, on=TODAY, at=LATER)


@pytest.mark.parametrize("end", [dismiss, reclaim], ids=lambda end: end.__name__)
@pytest.mark.parametrize("brake", [hold_back, suspend], ids=lambda brake: brake.__name__)
def test_nobody_becomes_the_only_operator(
    db: Session,
    agency: Agency,
    brake: Callable[[Session, Answering, Agency], None],
    end: Callable[[Session, Answering, Agency], None],
) -> None:
    """G3, G16: an operator's post ends while two others are at work, even one that waits."""
    first, second, third, fourth = found_operators(db, count=4)
    end(db, fourth, agency)
    brake(db, third, agency)
    with pytest.raises(InvalidInput, match="appoint another one first"), db.begin_nested():
        end(db, second, agency)
    brake(db, second, agency)
    for whom in (second, third):
        with pytest.raises(InvalidInput, match="appoint another one first"), db.begin_nested():
            end(db, whom, agency)
    [joined] = found_operators(db, count=1)
    end(db, third, agency)
    assert list_at_work(db, on=TODAY) == {first.number, joined.number}, "the control"


def test_a_post_that_never_worked_ends_whoever_is_left(db: Session) -> None:
    """An appointment by mistake is taken back, and the only operator before there were two."""
    [only] = found_operators(db, count=1)
    end_mandate(db, mandate_id=post_of(db, only).id, on=TODAY, at=LATER)
    assert list_at_work(db, on=TODAY) == set()
    found_operators(db)
    new = start_mandate(db, mandate(staff(db).id, OPERATOR, valid_on=TODAY))
    assert end_mandate(db, mandate_id=new.id, on=TODAY + timedelta(days=1), at=LATER)


def test_operators_are_told_that_a_post_ended(db: Session, person: Person, agency: Agency) -> None:
    """G5: an operator's or an owner's, by dismissal, refusal or reclaim; also who waits."""
    first, second, third, fourth = found_operators(db, count=4)
    hold_back(db, second, agency)
    post = start_mandate(db, mandate(person.id, OWNER, agency_id=agency.id))
    developing = start_mandate(db, mandate(person.id, DEVELOPER, agency_id=agency.id))
    end_mandate(db, mandate_id=developing.id, on=TODAY, at=LATER)
    assert journaled(db, "staff.end_told") == [], "that of a developer needs nobody"
    end_mandate(db, mandate_id=post.id, on=TODAY, at=LATER)
    assert journaled(db, "staff.end_told") == [("staff.end_told", {"role": OWNER})] * 4
    before = list(db.scalars(letters()))
    end_given(db, person_id=fourth.person_id, on=TODAY, at=LATER)
    told = list(db.scalars(letters()))
    for one in (first, second, third):
        assert told.count(str(one.number)) == before.count(str(one.number)) + 1
    assert told.count(str(fourth.number)) == before.count(str(fourth.number))


def letters() -> Select[str]:
    return select(OutboxMessage.recipient).where(OutboxMessage.kind == "mail.notice")
