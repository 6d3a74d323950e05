"""The end of an interaction, what it is answered and what the journal has of it are one."""

import pytest
from sqlalchemy import Engine, select

from idp.interactions.end import AlreadyEnded, end_interaction, keep_answer
from idp.interactions.lookup import find_past_interaction
from idp.interactions.models import Answered, Interaction
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.kit.db import transaction
from tests.interactions.test_interactions import MINE, begin
from tests.support.statements import statements


def end_with_outcome(engine: Engine, interaction: Interaction) -> list[str]:
    """As a page does that ends a sign-in with its form; what was sent for it."""
    with statements(engine) as sent, transaction(engine) as db:
        record(db, event="session.started", sign_in_id=interaction.id)
        end_interaction(db, interaction_id=interaction.id)
        record(db, event="signin.succeeded", outcome="success", sign_in_id=interaction.id)
        answered = Answered(sent_hash=b"form", answer=b"answer")
        keep_answer(db, interaction_id=interaction.id, answered=answered)
    return sent


def test_the_end_its_answer_and_its_entries_are_two_statements(engine: Engine) -> None:
    with transaction(engine) as db:
        interaction = begin(db)
    assert len(end_with_outcome(engine, interaction)) == 2
    with transaction(engine) as db:
        past = find_past_interaction(db, interaction_id=interaction.id, browser_hash=MINE)
        told = select(JournalEntry.event).where(JournalEntry.sign_in_id == interaction.id)
        events = db.scalars(told.order_by(JournalEntry.id)).all()
    assert past is not None
    assert (past.sent_hash, past.answer) == (b"form", b"answer")
    assert past.ended_at is not None
    assert events == ["session.started", "signin.succeeded"]


def test_of_two_ends_the_second_is_told_so_though_both_write_an_outcome(engine: Engine) -> None:
    """The end stands before the entries: not the journal's index is what refuses."""
    with transaction(engine) as db:
        interaction = begin(db)
    end_with_outcome(engine, interaction)
    with pytest.raises(AlreadyEnded):
        end_with_outcome(engine, interaction)


def test_an_answer_comes_to_its_own_interaction_whatever_else_ends(engine: Engine) -> None:
    with transaction(engine) as db:
        ended, other = begin(db), begin(db)
    with transaction(engine) as db:
        end_interaction(db, interaction_id=ended.id)
        answered = Answered(sent_hash=b"form", answer=b"answer")
        keep_answer(db, interaction_id=other.id, answered=answered)
    with transaction(engine) as db:
        kept = select(Interaction.id).where(Interaction.answer.is_not(None))
        assert db.scalars(kept.where(Interaction.id.in_([ended.id, other.id]))).all() == [other.id]
        end_interaction(db, interaction_id=other.id)
