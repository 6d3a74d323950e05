"""Recording that a person agreed, and that they withdrew it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, literal_column, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.consents.models import Consent
from idp.kit import clock


def grant_consent(
    db: Session,
    *,
    person_id: UUID,
    relying_party_id: UUID,
    scopes: Sequence[str],
    claims: Sequence[str],
    evidence: Mapping[str, Any],
) -> None:
    """Remember what was agreed; scopes and claims join those agreed before. One statement.

    `evidence` is what the person was shown: language, service, agency, the claims in words.
    """
    statement = insert(Consent).values(
        id=uuid4(),
        person_id=person_id,
        relying_party_id=relying_party_id,
        scopes=sorted(set(scopes)),
        claims=sorted(set(claims)),
        evidence=dict(evidence),
        granted_at=clock.now(),
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[Consent.person_id, Consent.relying_party_id],
            index_where=text("withdrawn_at IS NULL"),
            set_={
                "scopes": _union("scopes"),
                "claims": _union("claims"),
                "evidence": statement.excluded.evidence,
                "granted_at": statement.excluded.granted_at,
            },
        )
    )


def withdraw_consent(db: Session, *, person_id: UUID, relying_party_id: UUID) -> bool:
    """Withdraw the open consent; whether there was one. Its tokens are the caller's to revoke."""
    withdrawn = db.execute(
        update(Consent)
        .where(
            Consent.person_id == person_id,
            Consent.relying_party_id == relying_party_id,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=clock.now())
        .returning(Consent.id)
    ).one_or_none()
    return withdrawn is not None


def withdraw_all(db: Session, *, person_id: UUID) -> None:
    """Withdraw whatever an account agreed to. Its tokens are the caller's to revoke."""
    is_open = (Consent.person_id == person_id, Consent.withdrawn_at.is_(None))
    db.execute(update(Consent).where(*is_open).values(withdrawn_at=clock.now()))


def _union(column: str) -> ColumnElement[list[str]]:
    """The distinct elements of a column's old and new value, in an ON CONFLICT clause."""
    return literal_column(f"ARRAY(SELECT DISTINCT unnest(consent.{column} || excluded.{column}))")
