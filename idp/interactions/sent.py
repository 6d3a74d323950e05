"""The form that an interaction's browser sent last: judged once, and answered alike for seconds.

Whoever sends it again meanwhile has not read the answer, or never got it: a second press, a second
tab, a phone that repeats what it lost. What it is known by, and what its answer is sealed under,
is the page's business.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, bindparam, case, null, select, update
from sqlalchemy.orm import Session

from idp.interactions.models import Answered, Interaction
from idp.kit import clock
from idp.kit.db import NOW, table_of
from idp.kit.errors import AnswerPending

REPEATED_FOR = timedelta(seconds=15)
"""How long after it was first sent a form is answered as it was."""
JUDGED_WITHIN = timedelta(seconds=5)
"""After so long without an answer nobody is judging it any more, and it is judged anew."""

_interactions = table_of(Interaction)
_was_answered = Interaction.answer.is_not(None)
_is_same = and_(
    Interaction.sent_hash == bindparam("form_hash"),
    Interaction.sent_at > case((_was_answered, NOW - REPEATED_FOR), else_=NOW - JUDGED_WITHIN),
)
_LIVE = (
    Interaction.id == bindparam("interaction_id"),
    Interaction.browser_hash == bindparam("of_browser"),
    Interaction.ended_at.is_(None),
    Interaction.expires_at > NOW,
)
_TAKE = select(Interaction).from_statement(
    update(_interactions)
    .where(*_LIVE)
    .values(
        sent_hash=bindparam("form_hash"),
        sent_at=case((_is_same, Interaction.sent_at), else_=NOW),
        answer=case((_is_same, Interaction.answer), else_=null()),
    )
    .returning(*_interactions.columns)
)
_RETAKE = (
    update(_interactions)
    .where(Interaction.id == bindparam("interaction_id"), Interaction.answer == bindparam("seen"))
    .values(sent_at=NOW, answer=None)
)
_ANSWER = (
    update(_interactions)
    .where(Interaction.id == bindparam("interaction_id"))
    .values(sent_hash=bindparam("new_hash"), answer=bindparam("new_answer"))
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
    interaction = db.scalar(_TAKE, {**values, "form_hash": form_hash})
    if interaction is None:
        return None, None
    if interaction.answer is None and interaction.sent_at != now:
        raise AnswerPending
    return interaction, interaction.answer


def take_again(db: Session, interaction: Interaction) -> None:
    """Judge a form anew that was answered, for whoever has seen the answer.

    Raises AnswerPending when another request was the first to do so.
    """
    values = {"interaction_id": interaction.id, "seen": interaction.answer, "now": clock.now()}
    if db.connection().execute(_RETAKE, values).rowcount != 1:
        raise AnswerPending


def keep_answer(db: Session, *, interaction_id: UUID, answered: Answered) -> None:
    """Keep the answer to a form, where it is written with nothing else."""
    db.connection().execute(
        _ANSWER,
        {
            "interaction_id": interaction_id,
            "new_hash": answered.sent_hash,
            "new_answer": answered.answer,
        },
    )
