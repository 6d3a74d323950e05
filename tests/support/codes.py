"""What was put into the outbox for somebody's eyes, codes above all, as no one reads it there."""

import json
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.outbox.models import PRIVATE, OutboxMessage
from idp.people.codes import CODE_MAIL, CODE_TEXT
from idp.people.models import ContactKind


def sent_codes(
    db: Session, *, keyring: Keyring, person_id: UUID, kind: ContactKind = ContactKind.EMAIL
) -> list[dict[str, str]]:
    """The messages, oldest first: `address`, `code` and the rest."""
    of_kind = CODE_MAIL if kind is ContactKind.EMAIL else CODE_TEXT
    return sent_private(db, keyring=keyring, person_id=person_id, kind=of_kind)


def sent_private(
    db: Session, *, keyring: Keyring, person_id: UUID, kind: str
) -> list[dict[str, str]]:
    """The same of any kind of message whose words are sealed."""
    found = db.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == kind, OutboxMessage.recipient == str(person_id))
        .order_by(OutboxMessage.created_at)
    )
    return [
        json.loads(PRIVATE.open(keyring, one.private_encrypted or b"", id=one.id)) for one in found
    ]
