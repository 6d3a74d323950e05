"""A person is told by mail of a sign-in from a browser that they have not been seen in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.outbox.messages import post_message
from idp.sessions.lookup import CurrentSession

NEW_BROWSER_MAIL = "mail.new_browser"
"""To a person's analytics number, one for each browser, while the message is kept."""
_WAIT = timedelta(minutes=5)
"""Whoever signs in to several services, one after the other, is told once."""


def tell_of_new_browser(
    db: Session,
    *,
    session: CurrentSession,
    browser_hash: bytes,
    relying_party_id: UUID | None,
    service_id: UUID | None,
    at: datetime,
) -> None:
    """Put the letter into the outbox, due in five minutes: one statement, for which nobody waits.

    Whoever signs in by a password alone, though they have more, stays unknown in their own browser
    (`factors.known_devices`): they are not told of that one again for a month.
    """
    post_message(
        db,
        kind=NEW_BROWSER_MAIL,
        recipient=str(session.subject_number),
        key=browser_hash.hex(),
        payload={
            "at": at.isoformat(),
            "device": session.device,
            "relying_party_id": str(relying_party_id or ""),
            "service_id": str(service_id or ""),
        },
        wait=_WAIT,
    )
