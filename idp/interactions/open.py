"""Opening an interaction: saying what is needed and where to return to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.interactions.login_hint import MAX_LENGTH
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import table_of

_INSERT = insert(table_of(Interaction))


def open_interaction(
    db: Session,
    *,
    lifetime: timedelta,
    browser_hash: bytes,
    return_path: str,
    relying_party_id: UUID | None = None,
    service_id: UUID | None = None,
    agency_id: UUID | None = None,
    tier: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    counted: bool = False,
    needed_acr: str = "LoA1",
    needed_authentication: int = 1,
    authenticate_after: datetime | None = None,
    form_action_origin: str = "",
    login_hint: str = "",
    keyring: Keyring | None = None,
    language: str = "",
    person_id: UUID | None = None,
    asked_scopes: Sequence[str] = (),
    asked_claims: Sequence[str] = (),
    interaction_id: UUID | None = None,
) -> Interaction:
    """Begin an interaction that belongs to one browser.

    `{id}` in `return_path` is replaced by the interaction's id. `counted` says that it is a
    sign-in begun, which will have exactly one outcome row; `agency_id` and `tier`, of the service's
    owner, are for that row. `person_id` says whose it is.
    A `login_hint` is kept encrypted, under the `keyring`; without one it is not kept.
    """
    now = clock.now()
    interaction_id = interaction_id or uuid4()
    interaction = Interaction(
        id=interaction_id,
        browser_hash=browser_hash,
        return_path=return_path.replace("{id}", str(interaction_id)),
        relying_party_id=relying_party_id,
        service_id=service_id,
        agency_id=agency_id,
        tier=tier,
        parameters=dict(parameters or {}),
        counted=counted,
        needed_acr=needed_acr,
        needed_authentication=needed_authentication,
        authenticate_after=authenticate_after,
        form_action_origin=form_action_origin,
        login_hint_encrypted=keyring.encrypt(login_hint[:MAX_LENGTH], row=interaction_id)
        if keyring and login_hint
        else None,
        language=language,
        person_id=person_id,
        asked_scopes=list(asked_scopes),
        asked_claims=list(asked_claims),
        created_at=now,
        expires_at=now + lifetime,
    )
    columns = _INSERT.table.columns.keys()
    db.connection().execute(_INSERT, {name: getattr(interaction, name) for name in columns})
    return interaction
