"""A person is told of a sign-in from a browser that they have not been seen in."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.outbox.messages import post_messages
from idp.sessions.lookup import CurrentSession

NEW_BROWSER_MAIL = "mail.new_browser"
"""To a person's analytics number, one for each browser, while the message is kept."""
NEW_BROWSER_TEXT = "sms.new_browser"
"""The same to who has no address."""
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
    """Put letter and text into the outbox, due in five minutes: a statement nobody waits for.

    Whoever signs in by a password alone, though they have more, stays unknown in their own browser
    (`factors.known_devices`): they are not told of that one again for a month.
    """
    post_messages(
        db,
        kinds=(NEW_BROWSER_MAIL, NEW_BROWSER_TEXT),
        key=browser_hash.hex(),
        recipient=str(session.subject_number),
        payload={
            "at": at.isoformat(),
            "device": session.device,
            "relying_party_id": str(relying_party_id or ""),
            "service_id": str(service_id or ""),
        },
        wait=_WAIT,
    )
