"""What a person may see of the journal: their own events, newest first."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, case, cast, func, or_, select
from sqlalchemy.orm import Session

from idp.journal.actors import WORDS, Capacity
from idp.journal.events import EVENTS
from idp.journal.models import JournalEntry
from idp.kit.errors import DataAltered
from idp.kit.immutable import immutable

ASKED_BY_SERVERS = ("token.exchanged",)
"""Events that a service's own server asks for: where that stands is nothing to tell of a person."""
_SHOWN = [name for name, event in EVENTS.items() if event.words]
_ONLY_HERE = [name for name, event in EVENTS.items() if event.only_here]
_DAILY = [name for name, event in EVENTS.items() if event.is_counted_daily]
_DISOWNED = [name for name, event in EVENTS.items() if event.may_disown]


@immutable
class Activity:
    """One event of a person, or the newest of a day's that are alike."""

    by: str
    """Who did it, in words; empty: the person."""
    event: str
    words: str
    tone: str
    reason: str | None
    entry_id: int
    at: datetime
    relying_party_id: UUID | None
    service_id: UUID | None
    organization_number: int | None
    source_id: UUID | None
    kind: str | None
    """What kind of thing it is about, if the entry says."""
    device: str | None
    """Browser and system in words, if the entry says."""
    changed_at: str | None
    """When a contact took another's place, as its row says it, if the entry is about that."""
    times: int

    @property
    def may_disown(self) -> bool:
        """Whether the person may say that it was not them."""
        return not self.by and EVENTS[self.event].may_disown


def list_activity(
    db: Session,
    *,
    subject_number: int,
    since: datetime,
    zone: str,
    limit: int = 50,
    offset: int = 0,
) -> list[Activity]:
    """What the catalogue of events shows of a person, newest first. One query.

    What is `is_counted_daily` and alike stands once for a day of that zone.
    """
    day = func.to_char(func.timezone(zone, JournalEntry.at), "YYYY-MM-DD")
    alike = func.concat_ws(" ", day, JournalEntry.event, JournalEntry.reason)
    line = case((JournalEntry.event.in_(_DAILY), alike), else_=cast(JournalEntry.id, Text))
    lines = (
        select(func.max(JournalEntry.id).label("id"), func.count().label("times"))
        .where(*_shown(subject_number, since))
        .group_by(line)
        .subquery()
    )
    rows = db.execute(
        select(*_COLUMNS, lines.c.times)
        .join(lines, lines.c.id == JournalEntry.id)
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_in_words(*row) for row in rows]


def find_last_uses(
    db: Session, *, subject_number: int, party_ids: Collection[UUID], since: datetime
) -> dict[UUID, datetime]:
    """When a person last signed in at each of these, of those they did since then. One query."""
    party = JournalEntry.relying_party_id
    rows = db.execute(
        select(party, func.max(JournalEntry.at))
        .where(
            JournalEntry.subject_number == subject_number,
            JournalEntry.at >= since,
            JournalEntry.event == "signin.succeeded",
            party.in_(party_ids),
        )
        .group_by(party)
    )
    return {party_id: used_at for party_id, used_at in rows if party_id is not None}


def find_disownable(
    db: Session, *, subject_number: int, entry_id: int, since: datetime
) -> Activity | None:
    """An event of that person's own doing of which they may say that it was not theirs."""
    row = db.execute(
        select(*_COLUMNS).where(
            *_shown(subject_number, since),
            JournalEntry.id == entry_id,
            JournalEntry.event.in_(_DISOWNED),
            JournalEntry.actor.is_(None),
        )
    ).one_or_none()
    return None if row is None else _in_words(*row, 1)


_COLUMNS: tuple[Any, ...] = (
    *(JournalEntry.actor, JournalEntry.event, JournalEntry.reason, JournalEntry.id),
    *(JournalEntry.at, JournalEntry.relying_party_id, JournalEntry.service_id),
    *(JournalEntry.organization_number, JournalEntry.source_id),
    *(JournalEntry.data["kind"].astext, JournalEntry.data["device"].astext),
    JournalEntry.data["changed_at"].astext,
)


def _shown(subject_number: int, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        JournalEntry.subject_number == subject_number,
        JournalEntry.at >= since,
        JournalEntry.event.in_(_SHOWN),
        or_(JournalEntry.event.not_in(_ONLY_HERE), JournalEntry.relying_party_id.is_(None)),
    )


def _in_words(actor: str | None, event: str, reason: str | None, *rest: Any) -> Activity:
    try:
        by = WORDS[Capacity(actor)] if actor else ""
    except ValueError as error:
        raise DataAltered(f"journal_entry.actor of an entry {event} is nobody who acts") from error
    return Activity(by, event, EVENTS[event].words, EVENTS[event].tone, reason, *rest)


@immutable
class Told:
    """What an entry is about: `kind` of thing, if it says; `is_at_desk`: an official did it.

    `about`: the entry that it tells of, for one that says that something was not its person.
    """

    event: str
    at: datetime
    kind: str
    is_at_desk: bool
    relying_party_id: UUID | None
    service_id: UUID | None
    about: int | None
    until: datetime | None = None
    """Until when something holds, if the entry says."""


def find_event(db: Session, *, entry_id: int) -> Told | None:
    """What an entry is about; None where it is none that there is."""
    data = JournalEntry.data
    columns = (
        *(JournalEntry.event, JournalEntry.at, data["kind"].astext, JournalEntry.actor),
        *(JournalEntry.relying_party_id, JournalEntry.service_id),
        *(data["entry"].astext, data["until"].astext),
    )
    row = db.execute(select(*columns).where(JournalEntry.id == entry_id)).one_or_none()
    if row is None:
        return None
    event, at, kind, actor, party_id, service_id, about, end = row
    return Told(
        event,
        at,
        kind or "",
        is_at_desk=actor == Capacity.DESK,
        relying_party_id=party_id,
        service_id=service_id,
        about=int(about or 0) or None,
        until=datetime.fromisoformat(end) if end else None,
    )
