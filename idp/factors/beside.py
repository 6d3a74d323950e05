"""What an authenticator keeps in rows of its own: they go with its secret, whoever ends that."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, delete
from sqlalchemy.orm import Session

from idp.factors.models import Passkey, RecoveryCode


def delete_beside(db: Session, own: Collection[UUID] | Select[UUID]) -> None:
    """Delete the codes of those sets, and what finds those passkeys."""
    for table in (RecoveryCode, Passkey):
        db.execute(delete(table).where(table.authenticator_id.in_(own)))
