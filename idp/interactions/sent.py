"""The form that a browser sent last: judged once, and answered alike for seconds.

Whoever sends it again meanwhile has not read the answer, or never got it: a second press, a second
tab, a phone that repeats what it lost. What it is known by, and what its answer is sealed under,
is the page's business.

A form is *free*; *taken* by the request that wrote this very `sent_at`, and judged by it alone, so
that others find another instant there and wait; *answered* once the page has written `answer`,
which it does with what it writes anyway or by `end.keep_answer`; free again after REPEATED_FOR, at
once when judging it failed, or after JUDGED_WITHIN when whoever took it is heard of no more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Interval,
    and_,
    bindparam,
    case,
    cast,
    delete,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.interactions.lookup import read_interaction
from idp.interactions.models import Answered, Interaction, SentForm
from idp.kit import clock
from idp.kit.db import NOW, delete_older, table_of
from idp.kit.errors import AnswerPending
from idp.kit.prepared import Prepared

REPEATED_FOR = timedelta(seconds=15)
"""How long after it was first sent a form is answered as it was."""
JUDGED_WITHIN = timedelta(seconds=5)
"""After so long without an answer nobody is judging it any more, and it is judged anew."""

_interactions = table_of(Interaction)
_forms = table_of(SentForm)


def _is_repeated(columns: Any, form_hash: Any, now: Any) -> ColumnElement[bool]:
    """Whether the row's form is that one, and its answer still given or awaited."""
    since = case(
        (columns.answer.is_not(None), now - cast(REPEATED_FOR, Interval)),
        else_=now - cast(JUDGED_WITHIN, Interval),
    )
    return and_(columns.sent_hash == form_hash, columns.sent_at > since)


_is_same = _is_repeated(Interaction, bindparam("form_hash"), NOW)
_LIVE = (
    Interaction.id == bindparam("interaction_id"),
    Interaction.browser_hash == bindparam("of_browser"),
    Interaction.ended_at.is_(None),
    Interaction.expires_at > NOW,
)
_TAKE = Prepared(
    update(_interactions)
    .where(*_LIVE)
    .values(
        sent_hash=bindparam("form_hash"),
        sent_at=case((_is_same, Interaction.sent_at), else_=NOW),
        answer=case((_is_same, Interaction.answer), else_=null()),
    )
    .returning(*_interactions.columns)
)
_FIND_LAST = Prepared(
    select(Interaction.answer).where(
        Interaction.id == bindparam("interaction_id"),
        Interaction.browser_hash == bindparam("of_browser"),
        Interaction.ended_at.is_not(None),
        Interaction.answer.is_not(None),
        _is_same,
    ),
    reads=True,
)
_RETAKE = Prepared(
    update(_interactions)
    .where(Interaction.id == bindparam("interaction_id"), Interaction.answer == bindparam("seen"))
    .values(sent_at=NOW, answer=None)
)
_FREE = Prepared(
    update(_interactions)
    .where(
        Interaction.id == bindparam("interaction_id"),
        Interaction.sent_at == bindparam("taken_at"),
        Interaction.answer.is_(None),
    )
    .values(sent_hash=None)
)
ANSWER: Mapping[str, Any] = {"sent_hash": bindparam("new_hash"), "answer": bindparam("new_answer")}
"""Columns of an interaction that keep the answer to a form, for `answer_values`."""
_ANSWER = Prepared(
    update(_interactions).where(Interaction.id == bindparam("interaction_id")).values(ANSWER)
)


def take_form(
    db: Session, *, interaction_id: UUID, browser_hash: bytes, form_hash: bytes
) -> tuple[Interaction | None, bytes | None]:
    """The live interaction of this browser, and the answer there is to that form already.

    None and None as `find_interaction` says. Without an answer the form is the caller's to judge.
    Raises AnswerPending while another request judges it.
    """
    now = clock.now()
    values = {"interaction_id": interaction_id, "of_browser": browser_hash, "now": now}
    interaction = read_interaction(_TAKE.one(db, {**values, "form_hash": form_hash}))
    if interaction is None:
        return None, None
    if interaction.answer is None and interaction.sent_at != now:
        raise AnswerPending
    return interaction, interaction.answer


def find_last_answer(
    db: Session, *, interaction_id: UUID, browser_hash: bytes, form_hash: bytes
) -> bytes | None:
    """The answer to the form that ended this browser's interaction, while it is still given."""
    values = {"interaction_id": interaction_id, "of_browser": browser_hash, "now": clock.now()}
    row = _FIND_LAST.one(db, {**values, "form_hash": form_hash})
    return row.answer if row else None


def take_again(db: Session, interaction: Interaction) -> datetime:
    """Judge a form anew that was answered, for whoever has seen the answer; when it was taken.

    Raises AnswerPending when another request was the first to do so.
    """
    now = clock.now()
    values = {"interaction_id": interaction.id, "seen": interaction.answer, "now": now}
    if _RETAKE.run(db, values) != 1:
        raise AnswerPending
    return now


def free_form(db: Session, *, interaction_id: UUID, taken_at: datetime | None) -> None:
    """Have the form judged anew by the next who sends it: whoever took it then did not answer.

    Not when it has its answer, or is another's by now.
    """
    _FREE.post(db, {"interaction_id": interaction_id, "taken_at": taken_at})


def write_answer(db: Session, *, interaction_id: UUID, answered: Answered) -> None:
    """Keep the answer to a form, where it is written with nothing else."""
    _ANSWER.post(db, {"interaction_id": interaction_id, **answer_values(answered)})


def answer_values(answered: Answered) -> dict[str, bytes]:
    """The parameters of `ANSWER`."""
    return {"new_hash": answered.sent_hash, "new_answer": answered.answer}


_new = insert(_forms).values(
    browser_hash=bindparam("of_browser"), sent_hash=bindparam("form_hash"), sent_at=NOW
)
_is_last = _is_repeated(_forms.c, _new.excluded.sent_hash, _new.excluded.sent_at)
_TAKE_LAST = Prepared(
    _new.on_conflict_do_update(
        index_elements=[_forms.c.browser_hash],
        set_={
            "sent_hash": _new.excluded.sent_hash,
            "sent_at": case((_is_last, _forms.c.sent_at), else_=_new.excluded.sent_at),
            "answer": case((_is_last, _forms.c.answer), else_=null()),
        },
    ).returning(_forms.c.sent_at, _forms.c.answer)
)


def take_last(
    db: Session, *, browser_hash: bytes, form_hash: bytes
) -> tuple[bytes | None, datetime]:
    """As `take_form`, of a browser that is on no sign-in's way: the answer there is already.

    And when the form was taken.
    """
    now = clock.now()
    values = {"of_browser": browser_hash, "form_hash": form_hash, "now": now}
    row = _TAKE_LAST.one(db, values)
    if row.answer is None and row.sent_at != now:
        raise AnswerPending
    return row.answer, row.sent_at


def free_last(db: Session, *, browser_hash: bytes, taken_at: datetime) -> None:
    """As `free_form`, of what `take_last` took."""
    mine = (_forms.c.browser_hash == browser_hash, _forms.c.sent_at == taken_at)
    db.connection().execute(delete(_forms).where(*mine, _forms.c.answer.is_(None)))


def keep_last(db: Session, *, browser_hash: bytes, form_hash: bytes, answer: bytes | None) -> None:
    """Keep the answer to what `take_last` took; None: there is none to repeat, judge it anew."""
    mine = and_(_forms.c.browser_hash == browser_hash, _forms.c.sent_hash == form_hash)
    change = delete(_forms) if answer is None else update(_forms).values(answer=answer)
    db.connection().execute(change.where(mine))


def drop_sent(db: Session, *, limit: int) -> int:
    """Delete a batch of what nobody sends again; the number deleted."""
    return delete_older(db, SentForm.sent_at, before=clock.now() - 4 * REPEATED_FOR, limit=limit)
