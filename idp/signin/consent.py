"""What is shared with whom: named in plain words, with the values, before anything is."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.consents.grant import grant_consent
from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.journal.record import record
from idp.mandates.representations import list_representations
from idp.people.profile import read_profile
from idp.relying_parties.scopes import SCOPES
from idp.sessions.lookup import CurrentSession
from idp.signin.next_step import Step
from idp.signin.progress import go_to
from idp.signin.shown_claims import ShownClaim, show_claims
from idp.signin.visit import Going, find_party, going_to, step_page
from idp.tokens.devices import claim_for_person
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.site import Site
from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class AskingDevice:
    """The device for which a person is asked to agree (RFC 8628), by its registered names.

    Its address is not shown: people know halls, and an address can be anybody's. `person` is whose
    account it would be. `is_anothers`: somebody else was asked first.
    """

    code: str
    name: str
    system: str
    asked_at: datetime
    person: str
    is_anothers: bool


@dataclass(frozen=True)
class ConsentPage:
    """Who asks, and what they would get."""

    going: Going
    claims: tuple[ShownClaim, ...]
    sentences: tuple[str, ...]
    """English, to translate; empty for a scope value whose claims say all."""
    resources: tuple[str, ...] = ()
    policy_uri: str = ""
    tos_uri: str = ""
    device: AskingDevice | None = None
    """The device that would be signed in; None: this browser goes on itself."""


@router.get("/signin/{interaction_id}/consent")
@step_page(Step.RETURN)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The question, for whoever is signed in."""
    party = find_party(request, interaction)
    page = ConsentPage(
        going=going_to(request, interaction),
        claims=tuple(_shown(request, db, interaction, session)),
        sentences=tuple(s.on_consent for n, s in SCOPES.items() if n in interaction.asked_scopes),
        resources=tuple(interaction.resources),
        policy_uri=party.policy_uri if party else "",
        tos_uri=party.tos_uri if party else "",
        device=_find_device(request, db, interaction, session),
    )
    return render(request, "signin/consent.html", page)


@router.post("/signin/{interaction_id}/consent")
@step_page(Step.RETURN)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Keep the answer, and of a yes the evidence; anything but a clear yes is a no."""
    is_allowed = "consent-allow" in form and "consent-deny" not in form
    if is_allowed:
        _grant(request, db, interaction, session)
    decide_consent(db, interaction_id=interaction.id, allowed=is_allowed)
    return go_to(request, interaction, Step.RETURN)


def _grant(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> None:
    if interaction.relying_party_id is None:
        return
    going = going_to(request, interaction)
    shown = _shown(request, db, interaction, session)
    grant_consent(
        db,
        person_id=session.person_id,
        relying_party_id=interaction.relying_party_id,
        scopes=interaction.asked_scopes,
        claims=interaction.asked_claims,
        evidence={
            "language": language_of(request),
            "party": going.party,
            "service": going.service,
            "agency": going.agency,
            "shown": [claim.label for claim in shown],
            "resources": interaction.resources,
            "sign_in_id": str(interaction.id),
        },
    )
    record(
        db,
        event="consent.granted",
        sign_in_id=interaction.id,
        subject_number=session.subject_number,
        relying_party_id=interaction.relying_party_id,
        service_id=interaction.service_id,
        counted=False,
        data={"scopes": interaction.asked_scopes, "claims": interaction.asked_claims},
    )


def _shown(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> list[ShownClaim]:
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    organization, today = "", Site.of(request).today
    if interaction.mandate_id is not None:
        organization = next(
            (
                found.name
                for found in list_representations(db, person_id=session.person_id, on=today)
                if found.mandate_id == interaction.mandate_id
            ),
            "",
        )
    return show_claims(interaction.asked_claims, profile, organization=organization)


def _find_device(
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
