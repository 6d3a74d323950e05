"""The codes that were put into the outbox for somebody, as no one reads them there."""

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
    found = db.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.kind == of_kind, OutboxMessage.recipient == str(person_id))
        .order_by(OutboxMessage.created_at)
    )
    return [
        json.loads(PRIVATE.open(keyring, one.private_encrypted or b"", id=one.id)) for one in found
    ]
