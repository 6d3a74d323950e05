"""The monthly digest: each agency's figures by mail to those who answer for it, once a freeze.

Sent is the last month that is over, when it is frozen and whenever it is published anew. Messages
go into the outbox with the freeze, in one transaction; the key of each names freeze and agency, so
that nobody gets one twice. An agency's staff may say that they want none.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, cast, delete, exists, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, mapped_column

from idp.catalogue.models import Agency
from idp.journal.record import record
from idp.kit.db import Base
from idp.mandates.live import is_post_held
from idp.mandates.models import Mandate
from idp.mandates.roles import ROLES
from idp.outbox.messages import enqueue_selected
from idp.people.models import Person

DIGEST_MAIL = "mail.digest"
"""Recipient: an analytics number; key: freeze and agency; payload: the same two."""
_ANSWERABLE = [role for role, rule in ROLES.items() if rule.submits_parties]


class DigestRefusal(Base, kw_only=True):
    """An agency whose staff want no digest."""

    __tablename__ = "digest_refusal"

    agency_id: Mapped[UUID] = mapped_column(ForeignKey(Agency.id), primary_key=True)
    since: Mapped[datetime]


def post_digests(connection: Connection, *, freeze: int, today: date) -> int:
    """Put in a digest of that freeze for each owner of each agency; how many were not there yet."""
    refused = exists().where(DigestRefusal.agency_id == Mandate.agency_id)
    messages: Any = (
        select(
            cast(Person.subject_number, Text),
            func.concat(freeze, ".", cast(Mandate.agency_id, Text)),
            func.jsonb_build_object(
                "freeze", freeze, "agency", cast(Mandate.agency_id, Text), type_=JSONB()
            ),
        )
        .select_from(Mandate)
        .join(Person, Person.id == Mandate.person_id)
        .join(Agency, Agency.id == Mandate.agency_id)
        .where(Mandate.role.in_(_ANSWERABLE), is_post_held(), ~refused)
        .params(today=today)
    )
    return enqueue_selected(connection, kind=DIGEST_MAIL, messages=messages)


def answers_for(db: Session, *, subject_number: int, agency_id: UUID, today: date) -> bool:
    """Whether they still do, and the digest is wanted: asked again as it is written."""
    held = (
        select(literal(1))
        .select_from(Mandate)
        .join(Person, Person.id == Mandate.person_id)
        .join(Agency, Agency.id == Mandate.agency_id)
        .where(Person.subject_number == subject_number, Mandate.agency_id == agency_id)
        .where(Mandate.role.in_(_ANSWERABLE), is_post_held())
    )
    return wants_digest(db, agency_id=agency_id) and (
        db.scalar(held.limit(1), {"today": today}) is not None
    )


def wants_digest(db: Session, *, agency_id: UUID) -> bool:
    """Whether the agency gets one."""
    return db.get(DigestRefusal, agency_id) is None


def choose_digest(db: Session, *, agency_id: UUID, is_wanted: bool, at: datetime) -> bool:
    """Have it sent, or not; whether that changed anything, which is journaled."""
    row: Any
    if is_wanted:
        row = delete(DigestRefusal).where(DigestRefusal.agency_id == agency_id)
    else:
        row = insert(DigestRefusal).values(agency_id=agency_id, since=at).on_conflict_do_nothing()
    changed = db.scalar(row.returning(DigestRefusal.agency_id)) is not None
    if changed:
        told = {"is_wanted": is_wanted}
        record(db, event="digest.chosen", agency_id=agency_id, counted=False, at=at, data=told)
    return changed
