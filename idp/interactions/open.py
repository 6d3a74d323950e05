"""Opening an interaction."""

from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from idp.interactions.login_hint import MAX_LENGTH
from idp.interactions.models import LOGIN_HINT, Interaction
from idp.interactions.opening import Needs, Opening
from idp.kit import clock
from idp.kit.db import table_of

_INSERT = insert(table_of(Interaction))


def open_interaction(
    db: Session,
    opening: Opening,
    *,
    browser_hash: bytes,
    needs: Needs = Needs(),  # noqa: B008 - frozen
    person_id: UUID | None = None,
    unmet_shown_to: UUID | None = None,
    interaction_id: UUID | None = None,
) -> Interaction:
    """Begin an interaction that belongs to one browser; `person_id` says whose it is."""
    now, interaction_id = clock.now(), interaction_id or uuid4()
    keyring, hint = opening.keyring, opening.login_hint[:MAX_LENGTH]
    interaction = Interaction(
        id=interaction_id,
        browser_hash=browser_hash,
        return_path=opening.return_path.replace("{id}", str(interaction_id)),
        **vars(opening.credit),
        client_id=opening.client_id,
        parameters=dict(opening.parameters),
        **needs.columns(),
        **opening.requested.columns(),
        form_action_origin=opening.form_action_origin,
        post_logout_uri=opening.post_logout_uri,
        login_hint_encrypted=LOGIN_HINT.seal(keyring, hint, id=interaction_id)
        if keyring and hint
        else None,
        person_id=person_id,
        unmet_shown_to=unmet_shown_to,
        created_at=now,
        expires_at=now + opening.lifetime,
    )
    columns = _INSERT.table.columns.keys()
    db.connection().execute(_INSERT, {name: getattr(interaction, name) for name in columns})
    return interaction
