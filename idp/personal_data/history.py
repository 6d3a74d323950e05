"""The parts of one's data that were written down of it: the journal, and messages."""

from sqlalchemy import ColumnElement, and_

from idp.journal.actors import WORDS
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.kit.messages import N_
from idp.outbox.models import OutboxMessage
from idp.people.codes import CODE_MAIL, CODE_TEXT
from idp.people.contacts import (
    CLOSED_MAIL,
    CLOSED_TEXT,
    FORMER_MAIL,
    FORMER_TEXT,
    REPLACED_MAIL,
    REPLACED_TEXT,
    UNDONE_MAIL,
    UNDONE_TEXT,
)
from idp.personal_data.section import INTERNAL, OTHERS, SECRET, Column, Names, Owner, Section
from idp.sessions.new_browser import NEW_BROWSER_MAIL, NEW_BROWSER_TEXT

_MESSAGES = {
    *(kind for event in EVENTS.values() for kind in event.notifies),
    *(CODE_MAIL, CODE_TEXT, NEW_BROWSER_MAIL, NEW_BROWSER_TEXT, CLOSED_MAIL, CLOSED_TEXT),
    *(FORMER_MAIL, FORMER_TEXT, REPLACED_MAIL, REPLACED_TEXT, UNDONE_MAIL, UNDONE_TEXT),
}
"""The kinds of messages to people."""


def _to(owner: Owner) -> ColumnElement[bool]:
    names = (str(owner.subject_number), str(owner.person_id))
    return and_(OutboxMessage.kind.in_(sorted(_MESSAGES)), OutboxMessage.recipient.in_(names))


MESSAGES = Section(
    key="messages",
    title=N_("Messages to you of the last 30 days"),
    model=OutboxMessage,
    owned=_to,
    order="created_at",
    shown=(
        *(Column("kind"), Column("created_at", N_("Written")), Column("payload", key="about")),
        *(Column("next_at"), Column("attempts"), Column("outcome"), Column("last_status")),
        Column("delivered_at", N_("Sent")),
    ),
    withheld={
        INTERNAL: ("id", "recipient", "key", "claimed_until"),
        SECRET: ("private_encrypted",),
    },
)
HISTORY = Section(
    key="history",
    title=N_("What happened with your account"),
    model=JournalEntry,
    owned=lambda owner: JournalEntry.subject_number == owner.subject_number,
    order="at",
    shown=(
        *(Column("id", key="entry"), Column("at", N_("When")), Column("event")),
        Column("event", N_("What happened"), key="words", names=Names.EVENT),
        *(Column("outcome"), Column("reason"), Column("acr"), Column("tier")),
        Column("relying_party_id", N_("Service"), key="service", names=Names.PARTY),
        Column("service_id", key="public_service", names=Names.SERVICE),
        Column("agency_id", key="agency", names=Names.AGENCY),
        Column("organization_number", key="acting_for", names=Names.ORGANIZATION_NUMBER),
        Column("actor", N_("By"), key="by", words={str(who): said for who, said in WORDS.items()}),
        Column("source_id", N_("Network address"), key="network_address", names=Names.SOURCE),
        *(Column("counted"), Column("error_id"), Column("data", key="details")),
    ),
    withheld={
        INTERNAL: ("xact_id", "sign_in_id", "subject_number"),
        OTHERS: ("actor_number",),
    },
    most_on_page=20,
)
