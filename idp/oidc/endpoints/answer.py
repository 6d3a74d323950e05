"""The answers /authorize gives: a page to go to, an error, or a code.

Each ending writes exactly one outcome, in the transaction that ends the sign-in; prompt=none is
audit only.
"""

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from idp.consents.lookup import GivenConsent
from idp.consents.signed_in import find_session_and_consent
from idp.interactions.end import end_interaction
from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction
from idp.interactions.open import open_interaction
from idp.interactions.progress import replace_parameters, require
from idp.journal.models import Outcome
from idp.journal.record import record
from idp.kit import clock
from idp.kit.secrets import token_hash
from idp.oidc import decide as policy
from idp.oidc.endpoints.visit import Visit
from idp.oidc.grants.approval import Approval
from idp.oidc.parameters import Refusal
from idp.oidc.requests.share import take_share
from idp.oidc.resources import named_resources
from idp.oidc.scopes import released_claims
from idp.organizations.lookup import RepresentedOrganization, list_representations
from idp.sessions.lookup import CurrentSession
from idp.sessions.touch import touch_session
from idp.web.cookies import clear_state
from idp.web.current import browser_id, session_token
from idp.web.messages import N_
from idp.web.refusals import RequestRefused

_PAGES = {
    policy.SignIn: "identifier",
    policy.Representation: "representing",
    policy.Consent: "consent",
    policy.Unmet: "unmet",
}
_DESCRIPTIONS = {
    "access_denied": "The person did not agree.",
    "login_required": "The person must sign in.",
    "consent_required": "The person must agree first.",
    "interaction_required": "The person must choose for whom they act.",
    "unmet_authentication_requirements": "The person cannot reach the level of assurance required.",
}


def advance(db: Session, visit: Visit, interaction: Interaction | None) -> Response:
    """Ask `decide` what is next, and do it."""
    session, consent = find_session_and_consent(
        db, token=session_token(visit.http), relying_party_id=visit.party.id
    )
    if session is None and session_token(visit.http):
        clear_state(visit.http)
    if session and interaction and not is_about(interaction, session.person_id):
        session = consent = None
    organizations = _organizations(db, visit, session)
    outcome = policy.decide(
        visit.policy(),
        _signed(visit, session, consent, organizations),
        _progress(interaction, session),
        visit.part.assurance,
    )
    match outcome:
        case policy.Refuse(error):
            return refuse(db, visit, interaction, Refusal(error, _DESCRIPTIONS.get(error, "")))
        case policy.Finished(acr) if session is not None:
            chosen = interaction.organization_id if interaction else None
            acting_for = next((o for o in organizations if o.organization_id == chosen), None)
            return _finish(db, visit, interaction, session=session, acr=acr, acting_for=acting_for)
        case _:
            return _hand_over(db, visit, interaction, outcome, session)


def refuse(
    db: Session, visit: Visit, interaction: Interaction | None, refusal: Refusal
) -> Response:
    """Send the error to the relying party; an interactive request ends as `refused`."""
    if interaction is None:
        take_share(visit.http, db)
    return _send_refusal(db, visit, _end(db, interaction), refusal)


def _send_refusal(db: Session, visit: Visit, sign_in_id: UUID, refusal: Refusal) -> Response:
    values = visit.journal_values(sign_in_id)
    if visit.asked.is_silent:
        record(db, event="signin.silent", reason=refusal.error, **values)
    else:
        record(db, event="signin.refused", outcome=Outcome.REFUSED, reason=refusal.error, **values)
    return visit.send_refusal(db, sign_in_id, refusal)


def _hand_over(
    db: Session,
    visit: Visit,
    interaction: Interaction | None,
    needed: policy.Outcome,
    session: CurrentSession | None,
) -> Response:
    """Say in the interaction what is needed, and go to the page that gets it.

    A page for someone signed in is theirs alone: whoever signs in meanwhile begins anew.
    """
    is_theirs = session is not None and not isinstance(needed, policy.SignIn)
    person_id = session.person_id if session is not None and is_theirs else None
    requirement: dict[str, Any] = {"needed_acr": visit.minimum_acr}
    match needed:
        case policy.SignIn(acr, authentication, after):
            requirement = {
                "needed_acr": acr,
                "needed_authentication": authentication,
                "authenticate_after": after,
            }
        case policy.Unmet(acr, _):
            requirement = {"needed_acr": acr}
    if interaction is None:
        values = {**visit.interaction_values(), **requirement}
        browser_hash = token_hash(browser_id(visit.http))
        take_share(visit.http, db)
        interaction = open_interaction(db, browser_hash=browser_hash, person_id=person_id, **values)
    else:
        _require_anew(db, visit, interaction, requirement, person_id)
    if isinstance(needed, policy.Unmet) and person_id is not None:
        noted = {**interaction.parameters, _UNMET_SHOWN: person_id.hex}
        replace_parameters(db, interaction_id=interaction.id, parameters=noted)
    page = _PAGES[type(needed)]
    return RedirectResponse(f"/signin/{interaction.id}/{page}", status_code=303)


_UNMET_SHOWN = "unmet_shown_to"


def _require_anew(
    db: Session,
    visit: Visit,
    interaction: Interaction,
    requirement: dict[str, Any],
    person_id: UUID | None,
) -> None:
    asked = visit.interaction_values()
    require(
        db,
        interaction_id=interaction.id,
        needed_acr=requirement["needed_acr"],
        needed_authentication=requirement.get(
            "needed_authentication", interaction.needed_authentication
        ),
        authenticate_after=requirement.get("authenticate_after", interaction.authenticate_after),
        asked_scopes=asked["asked_scopes"],
        asked_claims=asked["asked_claims"],
        of_person_id=person_id,
    )


def _finish(
    db: Session,
    visit: Visit,
    interaction: Interaction | None,
    *,
    session: CurrentSession,
    acr: str,
    acting_for: RepresentedOrganization | None,
) -> Response:
    """Issue what the visit is for and write the outcome `success`, in one transaction.

    Of several sign-ins begun with one pushed request, the first to come here has it.
    """
    sign_in_id = _end(db, interaction)
    approval = Approval(
        sign_in_id=sign_in_id,
        session=session,
        acr=acr,
        named=visit.named,
        claims=visit.granted_claims,
        resources=named_resources(visit.asked.resource),
        organization_id=acting_for.organization_id if acting_for else None,
    )
    response = visit.issue(db, approval)
    if response is None:
        return _send_refusal(db, visit, sign_in_id, visit.spent)
    touch_session(db, settings=visit.part.sessions, session=session)
    record(
        db,
        event="signin.silent" if visit.asked.is_silent else "signin.succeeded",
        outcome=None if visit.asked.is_silent else Outcome.SUCCESS,
        acr=acr,
        subject_number=session.subject_number,
        organization_number=acting_for.organization_number if acting_for else None,
        **visit.journal_values(sign_in_id),
    )
    return response


def _end(db: Session, interaction: Interaction | None) -> UUID:
    """The sign-in's id. A sign-in that somebody else has just ended has its outcome already."""
    if interaction is None:
        return uuid4()
    if not end_interaction(db, interaction_id=interaction.id):
        raise RequestRefused(400, N_("This sign-in has already ended. Start again at the service."))
    return interaction.id


def _organizations(
    db: Session, visit: Visit, session: CurrentSession | None
) -> list[RepresentedOrganization]:
    if session is None or not visit.wants_organization:
        return []
    return list_representations(db, person_id=session.person_id, on=visit.today)


def _signed(
    visit: Visit,
    session: CurrentSession | None,
    consent: GivenConsent | None,
    organizations: list[RepresentedOrganization],
) -> policy.Signed | None:
    if session is None:
        return None
    return policy.Signed(
        subject=visit.part.subject_of(session.person_id, visit.party),
        proofing=session.proofing,
        authentication=session.authentication,
        authenticated_at=session.authenticated_at,
        agreed_scopes=None if consent is None else consent.scopes,
        agreed_claims=_agreed_claims(consent),
        organizations=frozenset(o.organization_id for o in organizations),
    )


def _agreed_claims(consent: GivenConsent | None) -> frozenset[str]:
    if consent is None:
        return frozenset()
    return consent.claims | frozenset(released_claims(sorted(consent.scopes)))


def _progress(interaction: Interaction | None, session: CurrentSession | None) -> policy.Progress:
    if interaction is None:
        return policy.Progress(begun_at=clock.now())
    return policy.Progress(
        begun_at=interaction.created_at,
        has_chosen=interaction.representation_chosen_at is not None,
        organization_id=interaction.organization_id,
        consent=interaction.consent_decision,  # type: ignore[arg-type]
        consented_at=interaction.consented_at,
        unmet_was_shown=session is not None
        and interaction.parameters.get(_UNMET_SHOWN) == session.person_id.hex,
    )
