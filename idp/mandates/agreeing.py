"""Posts that wait, and the operators who agree to them or refuse."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from idp.catalogue.models import Agency
from idp.journal.record import record
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.languages import name_in
from idp.mandates.changes import end_mandate
from idp.mandates.holding import AGREEING, Because
from idp.mandates.live import is_post_given
from idp.mandates.models import Mandate
from idp.mandates.operators import forget_words_of, list_deciders
from idp.mandates.posts import may_decide
from idp.mandates.readiness import Lack, list_lacks
from idp.mandates.roles import REVIEWING
from idp.people.models import Person


class Answer(StrEnum):
    """What became of an operator's answer; nothing was done but for the first."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    """The post does not wait any more, or for something else than they saw."""
    OWN = "own"
    """It is their own post, one near an agency of theirs, or they have agreed already."""
    NOT_READY = "not_ready"
    """The account lacks what staff have before a post."""
    HELD_BACK = "held_back"
    """It worked before: nobody alone ends it here."""


@immutable
class Answering:
    """The operator who answers: signed in on a page, never named by a command."""

    person_id: UUID
    number: int


@immutable
class WaitingPost:
    """A post that waits, as an operator sees it."""

    id: UUID
    person_id: UUID
    name: str
    role: str
    agency: str
    """Empty: the operator's own staff."""
    since: datetime | None
    because: str
    asked_by: str
    """A name; empty: nobody was named. A command's is only claimed."""
    asked_from: str
    """The account of the computer that the command claimed; empty: it was no command."""
    agreed: tuple[str, ...]
    """Names of operators whose word counts today."""
    lacks: tuple[Lack, ...]
    """What the account must have before anybody can agree."""
    may_refuse: bool
    version: str


def list_waiting(db: Session, *, on: date, language: str) -> list[WaitingPost]:
    """All that wait on that day, longest first. Up to two statements for each."""
    rows = db.execute(_waiting().order_by(Mandate.waits_since, Mandate.id), {"today": on}).all()
    words = {post.id: _words_for(db, post, on) for post, *_ in rows}
    numbers = {number for counting in words.values() for number in counting}
    named = select(Person.subject_number, Person.name).where(Person.subject_number.in_(numbers))
    names = dict(db.execute(named).all()) if numbers else {}
    return [
        WaitingPost(
            id=post.id,
            person_id=post.person_id,
            name=name,
            role=post.role,
            agency=name_in(language, vietnamese=name_vi or "", english=name_en or ""),
            since=post.waits_since,
            because=post.waits_because,
            asked_by=asked_by or "",
            asked_from=post.asked_from,
            agreed=tuple(names[number] for number in words[post.id]),
            lacks=_lacks(db, post),
            may_refuse=_may_refuse(post),
            version=_version(post),
        )
        for post, name, name_vi, name_en, asked_by in rows
    ]


def is_anything_waiting(db: Session, *, on: date) -> bool:
    """Whether that list has a row. One statement."""
    return db.execute(_waiting().limit(1), {"today": on}).first() is not None


def _waiting() -> Select[Mandate, str, str | None, str | None, str | None]:
    asking = aliased(Person)
    return (
        select(Mandate, Person.name, Agency.name_vi, Agency.name_en, asking.name)
        .join(Person, Person.id == Mandate.person_id)
        .outerjoin(Agency, Agency.id == Mandate.agency_id)
        .outerjoin(asking, asking.subject_number == Mandate.asked_by_number)
        .where(is_post_given(), Mandate.waits_since.is_not(None))
    )


def agree(
    db: Session, *, post_id: UUID, seen: str, by: Answering, on: date, at: datetime
) -> Answer:
    """One operator agrees; with the last one needed the post works. `seen` is its `version`.

    Words count of those alone who could say them now. With the post of an operator, what they said
    before it is forgotten.
    """
    post = _lock(db, post_id, seen, by, on)
    if post is None:
        return Answer.OVERTAKEN
    words = _words_for(db, post, on)
    if by.number in words or not _may_answer(db, post, by, on):
        return Answer.OWN
    if _lacks(db, post):
        return Answer.NOT_READY
    agreed = [*words, by.number]
    works = len(agreed) >= AGREEING
    if works:
        post.waits_since, post.waits_because = None, ""
        post.asked_by_number, post.asked_from = None, ""
    post.agreed_by_numbers = [] if works else agreed
    db.flush()
    number = db.scalars(_number_of(post)).one()
    if works and post.role in REVIEWING:
        forget_words_of(db, number=number)
    record(
        db,
        event="staff.post_confirmed",
        at=at,
        subject_number=number,
        agency_id=post.agency_id,
        counted=False,
        data={"role": post.role, "works": works},
    )
    return Answer.DONE


def refuse(
    db: Session, *, post_id: UUID, seen: str, by: Answering, on: date, at: datetime
) -> Answer:
    """One operator is enough to end a post that was given and never worked.

    Were one enough for a post that was held back, they could hold back all others and end them.
    """
    post = _lock(db, post_id, seen, by, on)
    if post is None:
        return Answer.OVERTAKEN
    if not _may_answer(db, post, by, on):
        return Answer.OWN
    if not _may_refuse(post):
        return Answer.HELD_BACK
    end_mandate(db, mandate_id=post.id, on=on, at=at)
    return Answer.DONE


def _may_answer(db: Session, post: Mandate, by: Answering, on: date) -> bool:
    return post.person_id != by.person_id and may_decide(
        db, person_id=by.person_id, agency_id=post.agency_id, on=on
    )


def _words_for(db: Session, post: Mandate, on: date) -> list[int]:
    """Those who agreed and could today, in their order."""
    said = post.agreed_by_numbers
    could = list_deciders(db, numbers=said, agency_id=post.agency_id, on=on)
    return [number for number in said if number in could]


def _lacks(db: Session, post: Mandate) -> tuple[Lack, ...]:
    """Judged by what the account had when the post began to wait: staff looked at nothing since."""
    return list_lacks(db, person_id=post.person_id, at=post.waits_since or clock.now())


def _may_refuse(post: Mandate) -> bool:
    return post.waits_because == Because.APPOINTED


def _lock(db: Session, post_id: UUID, seen: str, by: Answering, on: date) -> Mandate | None:
    """The post, locked, when it still waits as somebody saw it.

    First the account of who answers: whoever sets its password or suspends it at this moment waits
    for their word, or they wait and read that they have no say any more.
    """
    answering = select(Person.id).where(Person.id == by.person_id).with_for_update(read=True)
    db.execute(answering).all()
    post = db.scalar(
        select(Mandate)
        .where(
            Mandate.id == post_id,
            Mandate.waits_since.is_not(None),
            or_(Mandate.ended_on.is_(None), Mandate.ended_on > on),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return post if post is not None and _version(post) == seen else None


def _version(post: Mandate) -> str:
    """Another each time that it is held back: what was agreed to is what the page said."""
    return f"{post.waits_since:%Y%m%d%H%M%S%f}"


def _number_of(post: Mandate) -> Select[int]:
    return select(Person.subject_number).where(Person.id == post.person_id)
