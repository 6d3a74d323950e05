"""The loop: look at who is signed in, ask `decide` what is next, and do it."""

from dataclasses import field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from idp.accounts.enrolment import find_lacking
from idp.authorization import decide as policy
from idp.authorization import outcomes
from idp.authorization.finish import finish, refuse
from idp.authorization.opener import Answer, Browser, Opener
from idp.authorization.reach import find_strongest
from idp.authorization.refusal import Refusal
from idp.consents.lookup import (
    GivenConsent,
    find_begun_and_consent,
    find_session_and_consent,
)
from idp.factors.credentials import read_credentials
from idp.factors.rules import STRICTEST, FactorRules
from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction, Needs
from idp.interactions.opening import UNBOUND, open_interaction
from idp.interactions.progress import require
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.immutable import immutable
from idp.mandates.representations import RepresentedOrganization, list_representations
from idp.people.contacts import list_verified
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings, CountrySettings, SessionSettings
from idp.testers.admission import may_try

_PAGES = {
    outcomes.SignIn: "identifier",
    outcomes.Representation: "representing",
    outcomes.Consent: "consent",
    outcomes.Unmet: "unmet",
    outcomes.Closed: "closed",
}


@immutable
class Page:
    """The sign-in page a person must go to next."""

    interaction_id: UUID
    name: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"/signin/{self.interaction_id}/{self.name}"


@immutable(kw_only=True)
class Rules:
    """What the country has settled about signing in, and the keys by which people are found."""

    assurance: AssuranceSettings
    sessions: SessionSettings
    country: CountrySettings
    factors: FactorRules = STRICTEST
    keyring: Keyring = field(repr=False)


def begin(db: Session, opener: Opener[Answer]) -> Interaction:
    """Open an interaction with no browser at hand: it is the first one's that comes back with it.

    Whether anything is missing is looked at then.
    """
    opener.admit(db)
    return open_interaction(db, opener.opening, browser_hash=UNBOUND)


def advance(
    db: Session,
    opener: Opener[Answer],
    interaction: Interaction | None,
    *,
    browser: Browser,
    rules: Rules,
) -> Page | Answer:
    """The page that comes next, or the opener's answer: then the sign-in has ended.

    `interaction` is None for a request that has only begun. Each ending writes exactly one outcome,
    in the transaction that ends the sign-in, and fails (AlreadyEnded) when somebody else has just
    ended it; a silent request (prompt=none) is audit only.
    """
    session, consent = _who(db, opener, interaction, browser=browser, rules=rules)
    if session is None and browser.session_token:
        browser.forget_session()
    if session and interaction and not is_about(interaction, session.person_id):
        session = consent = None
    organizations = _organizations(db, opener, session, on=rules.country.today)
    outcome = policy.decide(
        opener.policy,
        _signed(db, opener, session, consent, organizations, rules=rules),
        _progress(interaction, session),
        rules.assurance,
    )
    match outcome:
        case outcomes.Refuse(error, description):
            return refuse(db, opener, interaction, Refusal(error, description), session=session)
        case outcomes.Finished(acr, since) if session is not None:
            chosen = _chosen(opener, interaction)
            acting_for = next((o for o in organizations if o.mandate_id == chosen), None)
            return finish(
                db,
                opener,
                interaction,
                session=session.counting_since(since),
                acr=acr,
                acting_for=acting_for,
                settings=rules.sessions,
            )
        case outcomes.Finished():
            raise RuntimeError("finished with nobody signed in")
        case missing:
            return _hand_over(db, opener, interaction, missing, session, browser=browser)


def _who(
    db: Session,
    opener: Opener[Answer],
    interaction: Interaction | None,
    *,
    browser: Browser,
    rules: Rules,
) -> tuple[CurrentSession | None, GivenConsent | None]:
    """Who is signed in, and what they agreed to."""
    party_id, mandate_id = opener.credit.relying_party_id, _chosen(opener, interaction)
    if browser.begun is not None:
        return find_begun_and_consent(
            db, browser.begun, relying_party_id=party_id, mandate_id=mandate_id
        )
    return find_session_and_consent(
        db,
        keyring=rules.keyring,
        rules=rules.factors,
        token=browser.session_token,
        relying_party_id=party_id,
        mandate_id=mandate_id,
    )


def _hand_over(
    db: Session,
    opener: Opener[Answer],
    interaction: Interaction | None,
    missing: outcomes.Missing,
    session: CurrentSession | None,
    *,
    browser: Browser,
) -> Page:
    """Say in the interaction what is needed; the page that gets it.

    A page for someone signed in is theirs alone: whoever signs in meanwhile begins anew. For nobody
    signed in the opener may ask that an account be made (Initiating User Registration 1.0).
    """
    is_theirs = session is not None and not isinstance(missing, outcomes.SignIn)
    person_id = session.person_id if session is not None and is_theirs else None
    is_explained = isinstance(missing, (outcomes.Unmet, outcomes.Closed))
    unmet_shown_to = person_id if is_explained else None
    opening = opener.opening
    if interaction is None:
        opener.admit(db)
        interaction = open_interaction(
            db,
            opening,
            browser_hash=browser.binding,
            needs=missing.needs,
            person_id=person_id,
            unmet_shown_to=unmet_shown_to,
        )
    else:
        require(
            db,
            interaction_id=interaction.id,
            needs=missing.needs,
            requested=opening.requested,
            of_person_id=person_id,
            unmet_shown_to=unmet_shown_to,
        )
    return Page(interaction.id, _page_of(missing, is_new=session is None, opener=opener))


def _page_of(missing: outcomes.Missing, *, is_new: bool, opener: Opener[Answer]) -> str:
    if is_new and "create" in opener.policy.prompts:
        return "register"
    if isinstance(missing, outcomes.Contact):
        return f"contact/{missing.kind}"
    return _PAGES[type(missing)]


def _chosen(opener: Opener[Answer], interaction: Interaction | None) -> UUID | None:
    """The mandate under which the person acts, where it matters to whoever asks."""
    if interaction is None or not opener.policy.wants_organization:
        return None
    return interaction.mandate_id


def _may_enter(
    db: Session, opener: Opener[Answer], session: CurrentSession, *, rules: Rules
) -> bool:
    """Real services are for real people, and the sandbox is for testers.

    None is for who has asked that their account be erased.
    """
    if session.closes_at is not None:
        return False
    trial = opener.policy.trial
    if trial is None:
        return not session.is_test
    on = rules.country.today
    return may_try(db, trial, keyring=rules.keyring, person_id=session.person_id, on=on)


def _organizations(
    db: Session, opener: Opener[Answer], session: CurrentSession | None, *, on: date
) -> list[RepresentedOrganization]:
    if session is None or not opener.policy.wants_organization:
        return []
    found = list_representations(db, person_id=session.person_id, on=on)
    return [o for o in found if o.covers(opener.credit.service_id)]


def _signed(
    db: Session,
    opener: Opener[Answer],
    session: CurrentSession | None,
    consent: GivenConsent | None,
    organizations: list[RepresentedOrganization],
    *,
    rules: Rules,
) -> policy.Signed | None:
    if session is None:
        return None
    contacts = _contacts(db, opener, session)
    return policy.Signed(
        subject=opener.subject_of(session.person_id),
        proofing=session.proofing,
        shown=session.shown,
        may_enter=_may_enter(db, opener, session, rules=rules),
        agreed_scopes=consent.scopes if consent else None,
        agreed_claims=consent.claims if consent else frozenset(),
        agreed_resources=consent.resources if consent else frozenset(),
        agreed_purpose=consent.purpose_key if consent else "",
        contacts=contacts,
        lacking=_lacking(db, opener, session, contacts, rules=rules),
        strongest=find_strongest(
            db,
            opener.policy,
            session,
            assurance=rules.assurance,
            factors=rules.factors,
            keyring=rules.keyring,
        ),
        mandates=frozenset(o.mandate_id for o in organizations),
    )


def _contacts(
    db: Session, opener: Opener[Answer], session: CurrentSession
) -> frozenset[ContactKind]:
    if not opener.policy.needed_contacts:
        return frozenset()
    return list_verified(db, person_id=session.person_id)


def _lacking(
    db: Session,
    opener: Opener[Answer],
    session: CurrentSession,
    contacts: frozenset[ContactKind],
    *,
    rules: Rules,
) -> Needs | None:
    """What somebody must show first who is to give a contact."""
    if contacts >= {*opener.policy.needed_contacts}:
        return None
    own = read_credentials(db, person_id=session.person_id)
    return find_lacking(session, own, settings=rules.assurance, at=clock.now())


def _progress(interaction: Interaction | None, session: CurrentSession | None) -> policy.Progress:
    if interaction is None:
        return policy.Progress(begun_at=clock.now())
    return policy.Progress(
        begun_at=interaction.created_at,
        has_chosen=interaction.representation_chosen_at is not None,
        mandate_id=interaction.mandate_id,
        consent=interaction.consent_decision,  # type: ignore[arg-type]
        consented_at=interaction.consented_at,
        unmet_was_shown=session is not None and interaction.unmet_shown_to == session.person_id,
    )
