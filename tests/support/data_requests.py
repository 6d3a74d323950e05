"""Somebody has asked about their data, as if in the page for it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.personal_data.models import ASKED, DataRequest, RequestKind


def add_data_request(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    text: str,
    kind: RequestKind = RequestKind.CORRECTION,
    due_in: int = 5,
) -> DataRequest:
    """A request that waits; it must be answered in so many days."""
    row_of: dict[str, Any] = {"id": uuid4(), "person_id": person_id}
    due_on = clock.day_of(clock.now()) + timedelta(days=due_in)
    request = DataRequest(
        **row_of,
        kind=kind,
        text_encrypted=ASKED.seal(keyring, text, **row_of),
        received_at=clock.now(),
        answer_due_on=due_on,
        due_on=due_on + timedelta(days=8),
    )
    db.add(request)
    db.flush()
    return request
