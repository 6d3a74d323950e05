"""Listing the provider's keys, for operators."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.models import SigningKey


def list_keys(db: Session) -> Sequence[SigningKey]:
    """Every key, oldest first; retired ones stay while a token they signed may live."""
    return db.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()
