"""Error reports: refusals that are no row of the journal, found by their short id."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from idp.journal.models import ErrorReport, JournalEntry
from idp.kit import clock
from idp.kit.db import delete_older
from idp.kit.immutable import immutable

KEPT_FOR = timedelta(days=7)


@immutable
class RecordedError:
    """What stands behind an error id."""

    error_id: str
    at: datetime
    kind: str
    detail: dict[str, Any]
    source_id: UUID | None = None
    """Where it was asked from: `sources.show_source`."""
    actor: str | None = None


def record_error(db: Session, *, error_id: str, kind: str, detail: Mapping[str, Any]) -> None:
    """Keep the reason behind an error id shown to someone. No secrets, no personal data."""
    db.execute(
        insert(ErrorReport),
        {"error_id": error_id, "at": clock.now(), "kind": kind, "detail": dict(detail)},
    )


def note_ignored_scopes(db: Session, *, relying_party_id: UUID, scopes: Mapping[str, str]) -> None:
    """Keep which scope values the party asked for in vain, and why: the newest in place of others.

    Nothing is refused by that, so there is no id to be told.
    """
    seen = {"at": clock.now(), "detail": dict(scopes)}
    key = _ignored_by(relying_party_id)
    statement = upsert(ErrorReport).values(error_id=key, kind="scope.ignored", **seen)
    db.execute(statement.on_conflict_do_update(index_elements=["error_id"], set_=seen))


def find_ignored_scopes(db: Session, *, relying_party_id: UUID) -> RecordedError | None:
    """What was noted last of the party, a week ago at most; the values, each with the reason."""
    report = db.get(ErrorReport, _ignored_by(relying_party_id))
    return RecordedError("", report.at, report.kind, report.detail) if report else None


def _ignored_by(relying_party_id: UUID) -> str:
    """The key of its row; ids that people are shown have another form."""
    return f"scope {relying_party_id.hex}"


def find_error(db: Session, *, error_id: str) -> RecordedError | None:
    """The report behind an error id, from the reports or from the journal itself."""
    report = db.get(ErrorReport, error_id)
    if report is not None:
        return RecordedError(error_id, report.at, report.kind, report.detail)
    return _find_entry(db, error_id)


def find_party_error(db: Session, *, error_id: str, relying_party_id: UUID) -> RecordedError | None:
    """The refusal behind an error id, if it was refused to that relying party, or to nobody known.

    A client_id that was mistyped, or was not sent at all, names nobody: whoever holds the id was
    told it, or was shown it by whom it was told.
    """
    report = db.get(ErrorReport, error_id)
    if report is not None:
        told = report.detail
        if told.get("relying_party_id") not in (None, relying_party_id.hex):
            return None
        reason = told.get("error") or told.get("route", "")
        words = told.get("description") or told.get("detail", "")
        detail = {"reason": reason, "description": words}
        return RecordedError(error_id, report.at, report.kind, detail)
    return _find_entry(db, error_id, JournalEntry.relying_party_id == relying_party_id)


def _find_entry(
    db: Session, error_id: str, *conditions: ColumnElement[bool]
) -> RecordedError | None:
    """The refusal that the journal itself holds under that id."""
    statement = select(JournalEntry).where(JournalEntry.error_id == error_id, *conditions)
    row = db.scalar(statement.limit(1))
    if row is None:
        return None
    detail = {"reason": row.reason, **row.data}
    return RecordedError(error_id, row.at, row.event, detail, row.source_id, row.actor)


def drop_expired_errors(db: Session, *, limit: int) -> int:
    """Delete a batch of reports older than a week; how many."""
    return delete_older(db, ErrorReport.at, before=clock.now() - KEPT_FOR, limit=limit)
