"""What is shared with whom: named in plain words, with the values, before anything is."""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.consents.changes import grant_consent
from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.journal.record import record
from idp.kit.immutable import immutable
from idp.kit.secrets import token_hash
from idp.mandates.representations import RepresentedOrganization, list_representations
from idp.people.profile import read_profile
from idp.relying_parties.lookup import find_names_by_audience
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.scopes import SCOPES, service_codes
from idp.sessions.lookup import CurrentSession
from idp.signin.next_step import Step
from idp.signin.progress import go_to
from idp.signin.repeats import answered
from idp.signin.shown_claims import ShownClaim, show_claims
from idp.signin.visit import Going, find_party, going_to, step_page
from idp.tokens.devices import claim_for_person
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_PAGE = "consent"


@immutable
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


@immutable
class ShownResource:
    """Where the service may act for the person: the address, and whose it is, where known."""

    uri: str
    name: str = ""
    agency: str = ""


@immutable
class ShownService:
    """A public service that the sign-in is for, and whose it is."""

    name: str
    agency: str


@immutable
class Asked:
    """What a yes is to, as it is remembered; the rest of the page says it in words."""

    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    resources: tuple[str, ...]
    mandate_id: UUID | None
    purpose_key: str


@immutable
class ConsentPage:
    """Who asks, and what they would get."""

    going: Going
    language: str
    asked: Asked
    receiver: str
    """The agency whose system gets the data."""
    purpose: str
    """What for: in the words of the agency, else the service's name."""
    claims: tuple[ShownClaim, ...]
    sentences: tuple[str, ...]
    """English, to translate; empty for a scope value whose claims say all."""
    services: tuple[ShownService, ...] = ()
    """Where it is for several public services: each."""
    resources: tuple[ShownResource, ...] = ()
    is_unproven: bool = False
    """Whether anybody on the person's machine might ask in the party's name."""
    device: AskingDevice | None = field(default=None, repr=False)
    """The device that would be signed in; None: this browser goes on itself."""

    @property
    def digest(self) -> str:
        """Of what is asked. The form sends it back, so that nobody agrees to anything else."""
        return token_hash(repr(self)).hex()

    @property
    def evidence(self) -> dict[str, Any]:
        """What is kept of it. Of the claims, which ones had a value, not the value."""
        return {
            "language": self.language,
            "party": self.going.party,
            "service": self.going.service,
            "services": [vars(service) for service in self.services],
            "agency": self.going.agency,
            "receiver": self.receiver,
            "purpose": self.purpose,
            "purpose_key": self.asked.purpose_key,
            "purposes": {c.label: c.purpose for c in self.claims if c.purpose},
            "shown": [claim.label for claim in self.claims if not claim.is_absent],
            "absent": [claim.label for claim in self.claims if claim.is_absent],
            "organization": [c.value for c in self.claims if c.organization is not None],
            "resources": [vars(resource) for resource in self.resources],
            "sign_in_id": self.going.interaction_id,
        }


@router.get("/signin/{interaction_id}/consent")
@step_page(Step.RETURN)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The question, for whoever is signed in."""
    page = _page(request, db, interaction, session)
    device = _find_device(request, db, interaction, session)
    return render(request, "signin/consent.html", replace(page, device=device))


@router.post("/signin/{interaction_id}/consent")
@step_page(Step.RETURN)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Keep the answer, and of a yes the evidence; anything but a clear yes is a no.

    Asked again when something else would be shared by now than the page said.
    """
    is_allowed = "consent-allow" in form and "consent-deny" not in form
    if is_allowed:
        page = _page(request, db, interaction, session)
        if form.get("shown") != page.digest:
            return go_to(request, interaction, _PAGE)
        _grant(db, interaction, session, page)
    response = go_to(request, interaction, Step.RETURN)
    decide_consent(
        db,
        interaction_id=interaction.id,
        allowed=is_allowed,
        answered=answered(request, response),
    )
    return response


def _grant(
    db: Session, interaction: Interaction, session: CurrentSession, page: ConsentPage
) -> None:
    if interaction.relying_party_id is None:
        return
    grant_consent(
        db,
        person_id=session.person_id,
        relying_party_id=interaction.relying_party_id,
        **vars(page.asked),
        evidence=page.evidence,
    )
    record(
        db,
        event="consent.granted",
        sign_in_id=interaction.id,
        subject_number=session.subject_number,
        relying_party_id=interaction.relying_party_id,
        service_id=interaction.service_id,
        counted=False,
        data={name: getattr(page.asked, name) for name in ("scopes", "claims", "resources")},
    )


def _page(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> ConsentPage:
    party, scopes = find_party(request, interaction), interaction.asked_scopes
    profile = read_profile(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    organization = _find_organization(request, db, interaction, session)
    going, language = going_to(request, interaction), language_of(request)
    purposes = party.claim_purposes(language) if party else {}
    shown = show_claims(
        interaction.asked_claims, profile, organization=organization, purposes=purposes
    )
    return ConsentPage(
        going=going,
        language=language,
        asked=Asked(
            scopes=tuple(scopes),
            claims=tuple(interaction.asked_claims),
            resources=tuple(interaction.resources),
            mandate_id=organization.mandate_id if organization else None,
            purpose_key=party.purpose_key if party else "",
        ),
        receiver=party.agency.name(language) if party else "",
        purpose=(party.purpose(language) if party else "") or going.service,
        claims=tuple(shown),
        sentences=tuple(s.on_consent for n, s in SCOPES.items() if n in scopes),
        services=_show_services(scopes, party, language),
        resources=_show_resources(request, db, interaction, party),
        is_unproven=party is not None and not party.is_proven_at(interaction.form_action_origin),
    )


def _show_services(
    scopes: Sequence[str], party: RegisteredParty | None, language: str
) -> tuple[ShownService, ...]:
    """Several, each by its name; one stands above already, as the one that asks."""
    known = party.services if party else {}
    services = [known[code] for code in service_codes(scopes) if code in known]
    if len(services) < 2:
        return ()
    return tuple(ShownService(s.name(language), s.agency.name(language)) for s in services)


def _show_resources(
    request: Request, db: Session, interaction: Interaction, party: RegisteredParty | None
) -> tuple[ShownResource, ...]:
    language, uris = language_of(request), interaction.resources
    whose = find_names_by_audience(db, audiences=uris)
    named = {uri: whose.get((party.environment, uri)) if party else None for uri in uris}
    return tuple(
        ShownResource(uri, name.name(language), name.agency_name(language))
        if name
        else ShownResource(uri)
        for uri, name in named.items()
    )


def _find_organization(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> RepresentedOrganization | None:
    """For whom the person acts, where that is asked; None: for themselves."""
    if interaction.mandate_id is None or "organization" not in interaction.asked_claims:
        return None
    found = list_representations(db, person_id=session.person_id, on=Site.of(request).today)
    return next((one for one in found if one.mandate_id == interaction.mandate_id), None)


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
