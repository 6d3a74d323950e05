"""The device for which a person is asked to agree (RFC 8628): what they must compare and know."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request

from idp.interactions.models import Interaction
from idp.sessions.lookup import CurrentSession
from idp.signin.visit import find_party
from idp.tokens.devices import claim_for_person
from idp.web.language import language_of


@dataclass(frozen=True)
class AskingDevice:
    """Which device asked, as what it is registered, and when it did.

    The registered names are told, never an address: people know halls, and addresses can be
    anybody's. `person` is whose account it would be. `is_anothers`: somebody else was asked first.
    """

    code: str
    name: str
    system: str
    asked_at: datetime
    person: str
    is_anothers: bool


def find_device(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> AskingDevice | None:
    """The device that the sign-in is for, from now on this person's to decide; None: no device."""
    party, asked_at = find_party(request, interaction), interaction.device_asked_at
    if not interaction.device_code or party is None or asked_at is None:
        return None
    language = language_of(request)
    is_theirs = claim_for_person(db, interaction_id=interaction.id, person_id=session.person_id)
    return AskingDevice(
        code=interaction.device_code,
        name=party.name(language),
        system=party.system_name(language),
        asked_at=asked_at,
        person=session.name,
        is_anothers=not is_theirs,
    )
