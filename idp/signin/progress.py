"""Where one interaction stands: its needs, the session it goes with, and the way on from here."""

from dataclasses import replace

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.enrolment import is_fresh
from idp.accounts.text_steps import find_number
from idp.assurance.evidence import authentication_of
from idp.factors.credentials import Credentials, read_credentials
from idp.factors.kinds import SMS, strongest_authentication, usable
from idp.factors.own_passkeys import HardwareKey, list_hardware_keys, strongest_of
from idp.interactions.lookup import is_about
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.people.models import ContactKind
from idp.sessions.evidence import authentication_in, shown_since
from idp.sessions.lookup import CurrentSession
from idp.signin.next_step import Next, SignedIn, Step, next_step
from idp.signin.part import SignInPart
from idp.web.cookies import clear_kept
from idp.web.part import Site
from idp.web.who import signed_in


def own_session(request: Request, db: Session, interaction: Interaction) -> CurrentSession | None:
    """The browser's session, unless somebody else is about to sign in here."""
    session = signed_in(request, db)
    return session if session and is_about(interaction, session.person_id) else None


def has_identifier(interaction: Interaction) -> bool:
    """Whether someone said who they are."""
    return interaction.person_id is not None or interaction.identifier_hash is not None


def may_correct(request: Request, db: Session, session: CurrentSession) -> bool:
    """Whether somebody may see and correct what they entered: unproven, with all they have shown.

    Of an account with a second step, a password alone opens nothing that is kept of its owner.
    """
    if session.proofing or session.authentication >= strongest_authentication():
        return not session.proofing
    own = read_credentials(db, person_id=session.person_id)
    held = usable(own.held, SignInPart.of(request).assurance, proofing=own.proofing)
    return session.authentication >= authentication_of(held)


def own_keys(request: Request, db: Session, session: CurrentSession) -> tuple[HardwareKey, ...]:
    """The person's keys of models that count higher here. One statement, none without such."""
    site, person_id = Site.of(request), session.person_id
    models = site.factor_rules.models
    return list_hardware_keys(db, keyring=site.keyring, person_id=person_id, models=models)


def may_make_passkeys(request: Request, interaction: Interaction) -> bool:
    """Whether passkeys are made on this way: not on a device's, whose person may stand anywhere."""
    return SignInPart.of(request).passkeys.is_on and not interaction.device_code


def _may_have_texts(request: Request, db: Session, session: CurrentSession) -> bool:
    """Whether policy takes codes by text message of them, and a number of theirs takes codes.

    No statement where policy takes none.
    """
    part, keyring = SignInPart.of(request), Site.of(request).keyring
    is_taken = bool(usable((SMS,), part.assurance, proofing=session.proofing))
    may_send = is_taken and ContactKind.PHONE in part.reached_by
    return may_send and bool(find_number(db, keyring=keyring, session=session, at=clock.now()))


def find_step(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    credentials: Credentials | None = None,
) -> Next:
    """What comes next, given who is signed in; `credentials` are theirs, if these were read."""
    needs = interaction.needs
    signed_in = None
    if session is not None:
        fresh = authentication_in(shown_since(session.shown, needs.authenticate_after))
        if credentials is None and fresh < needs.authentication:
            credentials = read_credentials(db, person_id=session.person_id)
        signed_in = SignedIn(session.proofing, session.shown)
        if credentials is not None:
            rules, at = SignInPart.of(request).assurance, clock.now()
            may_enrol = is_fresh(session, credentials, settings=rules, at=at)
            held = usable(credentials.held, rules, proofing=session.proofing)
            signed_in = replace(
                signed_in,
                held=tuple(held),
                may_enrol=may_enrol,
                may_make_passkey=may_make_passkeys(request, interaction),
                may_have_texts=may_enrol and _may_have_texts(request, db, session),
            )
        if fresh < needs.authentication and strongest_authentication() < needs.authentication:
            keys = own_keys(request, db, session)
            strongest = max(strongest_authentication(), strongest_of(keys))
            signed_in = replace(signed_in, strongest=strongest)
    return next_step(needs, has_identifier=has_identifier(interaction), signed_in=signed_in)


def page_url(interaction: Interaction, page: str) -> str:
    """The address of a page of the interaction."""
    return f"/signin/{interaction.id}/{page}"


def go_to(request: Request, interaction: Interaction, page: str) -> Response:
    """Send the browser to a page, or back to whoever opened the interaction.

    What a refused form had left for its page is over with that.
    """
    clear_kept(request)
    target = interaction.return_path if page == Step.RETURN else page_url(interaction, page)
    return RedirectResponse(target, status_code=303)


def go_on(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession | None,
    *,
    credentials: Credentials | None = None,
) -> Response:
    """Send the browser to what comes next, as `find_step` says."""
    step = find_step(request, db, interaction, session, credentials=credentials)
    return go_to(request, interaction, step.page)
