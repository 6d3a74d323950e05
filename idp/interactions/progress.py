"""What the pages and the protocol write into a live interaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, null, update
from sqlalchemy.orm import Session

from idp.interactions.models import Interaction
from idp.kit import clock


def _write(db: Session, interaction_id: UUID, **values: Any) -> bool:
    written = db.execute(
        update(Interaction)
        .where(Interaction.id == interaction_id, Interaction.ended_at.is_(None))
        .values(**values)
        .returning(Interaction.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return written is not None


def _now_of(person_id: UUID | None) -> dict[str, Any]:
    """The columns that say whose the sign-in is; what somebody else chose or agreed to is gone."""
    is_another = Interaction.person_id.is_distinct_from(person_id)
    return {
        "person_id": person_id,
        **{
            column.key: case((is_another, null()), else_=column)
            for column in (
                Interaction.representation_chosen_at,
                Interaction.organization_id,
                Interaction.consent_decision,
                Interaction.consented_at,
            )
        },
    }


def remember_identifier(
    db: Session,
    *,
    interaction_id: UUID,
    person_id: UUID | None,
    identifier_hash: bytes | None,
    typed_encrypted: bytes | None = None,
) -> bool:
    """Who claims to sign in; `person_id` is null when no account has that identifier.

    What they typed replaces what the relying party hinted at, under the same encryption.
    """
    typed = {} if typed_encrypted is None else {"login_hint_encrypted": typed_encrypted}
    return _write(
        db, interaction_id, identifier_hash=identifier_hash, **typed, **_now_of(person_id)
    )


def remember_session(
    db: Session, *, interaction_id: UUID, sid: UUID, person_id: UUID | None = None
) -> bool:
    """Which session this sign-in started or raised, or a sign-out ended; whose, where known."""
    whose = {} if person_id is None else _now_of(person_id)
    return _write(db, interaction_id, sid=sid, **whose)


def require(
    db: Session,
    *,
    interaction_id: UUID,
    needed_acr: str,
    needed_authentication: int,
    authenticate_after: datetime | None,
    asked_scopes: Sequence[str] = (),
    asked_claims: Sequence[str] = (),
    of_person_id: UUID | None = None,
) -> bool:
    """What the opener found to be needed when it looked again, of someone when it names them."""
    return _write(
        db,
        interaction_id,
        **({} if of_person_id is None else _now_of(of_person_id)),
        needed_acr=needed_acr,
        needed_authentication=needed_authentication,
        authenticate_after=authenticate_after,
        asked_scopes=list(asked_scopes),
        asked_claims=list(asked_claims),
    )


def choose_representation(
    db: Session, *, interaction_id: UUID, organization_id: UUID | None
) -> bool:
    """For whom the person acts: an organization, or (null) themselves."""
    return _write(
        db,
        interaction_id,
        organization_id=organization_id,
        representation_chosen_at=clock.now(),
    )


def decide_consent(db: Session, *, interaction_id: UUID, allowed: bool) -> bool:
    """The person's answer on the consent page."""
    return _write(
        db,
        interaction_id,
        consent_decision="allow" if allowed else "deny",
        consented_at=clock.now(),
    )
