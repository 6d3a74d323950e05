"""What of a relying party in production waits, and for whom: see `review`, which decides."""

from dataclasses import replace

from sqlalchemy.orm import Session

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.field_kinds import kept
from idp.relying_parties.models import Environment, RelyingParty
from idp.relying_parties.models import RelyingPartyState as State
from idp.relying_parties.register import stored_metadata


def waits_for_operator(party: RelyingParty) -> bool:
    """Whether it was submitted, or a change of it was, and nobody has decided."""
    is_change = party.state is State.LIVE and party.proposed is not None
    return party.state is State.SUBMITTED or (is_change and party.submitted_at is not None)


def waits_for_owner(party: RelyingParty) -> bool:
    """Whether a developer wrote it, or a change of it, and no owner has submitted that."""
    if party.environment is not Environment.PRODUCTION:
        return False
    is_change = party.state is State.LIVE and party.proposed is not None
    return party.state is State.DRAFT or (is_change and party.submitted_at is None)


def proposed_metadata(party: RelyingParty, *, current: ClientMetadata) -> ClientMetadata | None:
    """What would be registered after the change that waits, if one does.

    `current` is what is registered.
    """
    if party.proposed is None:
        return None
    values = {name: kept(value) for name, value in party.proposed.items()}
    return replace(current, **values)


def is_as_it_was(
    db: Session, party: RelyingParty, metadata: ClientMetadata, *, is_submitted: bool
) -> bool:
    """Whether saving it changes neither what is registered or waits, nor whom it waits for."""
    current = stored_metadata(db, party)
    if metadata != (proposed_metadata(party, current=current) or current):
        return False
    is_handed_on = is_submitted and waits_for_owner(party)
    return not (is_handed_on or party.state is State.CHANGES_REQUESTED)
