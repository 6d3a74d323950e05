"""A passkey: the whole sign-in of whoever has one, or the second factor after a password.

The challenge is taken and committed first. Then the passkey says whose it is, where the first page
asked, or must be of the person who is about to sign in, where a later one did.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.passkeys import accept_passkey
from idp.factors.ceremony import KnownCredential, Purpose, read_answer
from idp.factors.credentials import Credentials, Held
from idp.factors.kinds import (
    PASSKEY,
    PASSWORD,
    RECOVERY_CODE,
    SMS,
    TOTP,
    Kind,
    strongest_authentication,
)
from idp.factors.own_passkeys import HardwareKey, list_known
from idp.factors.passkeys import (
    Found,
    find_passkey,
    note_refused,
    remember_browser,
    verify_passkey,
)
from idp.interactions.challenges import take_challenge
from idp.interactions.models import Interaction
from idp.interactions.progress import give_to
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.evidence import authentication_in, shown_since, with_shown
from idp.sessions.lookup import CurrentSession
from idp.signin.asks_passkey import ask_passkey
from idp.signin.ending import end_as, ending
from idp.signin.factors import raise_to, sign_in, tell_if_new
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import find_step, own_keys
from idp.signin.repeats import keep
from idp.signin.visit import Going, begin_visit, going_to, step_page, ways
from idp.web.browser import device_secret
from idp.web.cookies import set_device
from idp.web.csrf import OwnForm
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip
from idp.web.who import signed_in

router = Router()
_REFUSED = Message(
    "This passkey does not work here; it may have been removed. Use another way to sign in."
)
_UNUSED = Message("No passkey was used. You can try again, or use another way.")


@immutable
class PasskeyPage:
    """The button that asks for one of the person's passkeys, and what would do instead.

    `models`: only a hardware key of theirs reaches what is needed, of one of these.
    """

    going: Going
    passkey: AskedPasskey | None
    models: tuple[str, ...]
    has_app: bool
    has_codes: bool
    has_text: bool
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/passkey")
@step_page(PASSKEY.page)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The button, for whoever has given the password."""
    keys = _keys(request, db, interaction, session)
    known: tuple[KnownCredential, ...] = tuple(key.known for key in keys)
    if not keys:
        known = list_known(db, keyring=Site.of(request).keyring, person_id=session.person_id)
    kinds: tuple[Kind, ...] = ways(request)
    page = PasskeyPage(
        going=going_to(request, interaction),
        passkey=ask_passkey(request, interaction, Purpose.OWN, allowed=known),
        models=tuple(dict.fromkeys(key.model.name for key in keys)),
        has_app=TOTP in kinds,
        has_codes=RECOVERY_CODE in kinds,
        has_text=SMS in kinds,
        errors=read_kept(request, interaction, PASSKEY.page).errors,
    )
    return render(request, "signin/passkey.html", page)


def _keys(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> tuple[HardwareKey, ...]:
    """The only ones that are of use to who has shown all else; none where any passkey is."""
    fresh = authentication_in(shown_since(session.shown, interaction.needs.authenticate_after))
    if fresh < strongest_authentication():
        return ()
    least = interaction.needs.authentication
    return tuple(key for key in own_keys(request, db, session) if key.model.level >= least)


@router.post("/signin/{interaction_id}/passkey")
def submit(request: Request, form: OwnForm) -> Response:
    """Take the challenge, then judge what was answered to it."""
    with transaction(request) as db:
        interaction = begin_visit(request, db)
        if isinstance(interaction, Response):
            return interaction
        secret = take_challenge(db, interaction)
    return ending(request, lambda: _judge(request, interaction, form, secret))


def _judge(
    request: Request, interaction: Interaction, form: Mapping[str, str], secret: bytes | None
) -> Response:
    """Accept the passkey that answered, or refuse it; in a transaction of its own."""
    purpose = Purpose.OWN if form.get("purpose") == Purpose.OWN else Purpose.SIGN_IN
    with transaction(request) as db:
        if secret is None or not form.get("answer"):
            return _back(request, db, interaction, purpose, _UNUSED)
        found, factor = _check(request, db, interaction, form, secret=secret, purpose=purpose)
        if found is None or factor is None:
            return _refuse(request, db, interaction, purpose, found)
        return _enter(request, db, interaction, found, factor)


def _check(
    request: Request,
    db: Session,
    interaction: Interaction,
    form: Mapping[str, str],
    *,
    secret: bytes,
    purpose: Purpose,
) -> tuple[Found | None, Held | None]:
    """The passkey that answered, if there is one, and that it is accepted, if it is.

    One of which there must be a copy is locked with that, and its person told.
    """
    keyring, site, at = Site.of(request).keyring, SignInPart.of(request).passkeys, clock.now()
    answer = read_answer(form["answer"])
    found = (
        find_passkey(db, answer, keyring=keyring, device=device_secret(request)) if answer else None
    )
    if answer is None or found is None:
        return None, None
    is_theirs = purpose is Purpose.SIGN_IN or found.owner.person_id == interaction.person_id
    signed = verify_passkey(site, found, answer, keyring=keyring, secret=secret, purpose=purpose)
    if signed is None or not is_theirs:
        return found, None
    return found, accept_passkey(db, found, signed, at=at)


def _enter(
    request: Request, db: Session, interaction: Interaction, found: Found, factor: Held
) -> Response:
    """The session that comes of it, and on; whoever else was about to sign in here is not."""
    keyring, owner, at = Site.of(request).keyring, found.owner, clock.now()
    secret = remember_browser(
        db,
        owner.person_id,
        keyring=keyring,
        settings=SignInPart.of(request).throttle,
        device=device_secret(request),
        address=client_ip(request),
        at=at,
    )
    set_device(request, secret)
    if interaction.person_id != owner.person_id:
        give_to(db, interaction, person_id=owner.person_id)
    before = signed_in(request, db)
    session = _session(request, db, interaction, owner, factor, before=before)
    if not found.is_in_known_browser:
        tell_if_new(request, db, interaction, session, before=before, at=at)
    page = find_step(request, db, interaction, session, credentials=owner).page
    return end_as(request, db, interaction, session, page=page)


def _session(
    request: Request,
    db: Session,
    interaction: Interaction,
    owner: Credentials,
    factor: Held,
    *,
    before: CurrentSession | None,
) -> CurrentSession:
    """The one they have in this browser, with one factor more, or a new one with this alone."""
    at = clock.now()
    shown: dict[str, Any] = {
        "trust": factor.trust,
        "factor_id": factor.id,
        "model": factor.model,
        "at": at,
    }
    if before is not None and before.person_id == owner.person_id:
        beside = with_shown(before.evidence, PASSKEY, **shown)
        raised = raise_to(request, db, interaction, before, beside, at=at)
        if raised is not None:
            return raised
        before = None
    alone = with_shown([], PASSKEY, **shown)
    return sign_in(request, db, interaction, account=owner, before=before, evidence=alone, at=at)


def _refuse(
    request: Request, db: Session, interaction: Interaction, purpose: Purpose, found: Found | None
) -> Response:
    """One answer to whatever is wrong."""
    note_refused(
        db,
        found,
        keyring=Site.of(request).keyring,
        settings=SignInPart.of(request).throttle,
        address=client_ip(request),
        trace={
            "sign_in_id": interaction.id,
            "relying_party_id": interaction.relying_party_id,
            "service_id": interaction.service_id,
        },
        at=clock.now(),
    )
    return _back(request, db, interaction, purpose, _REFUSED)


def _back(
    request: Request, db: Session, interaction: Interaction, purpose: Purpose, error: Message
) -> Response:
    """To the page that asked."""
    page: str = Step.IDENTIFIER
    if purpose is Purpose.OWN:
        session = signed_in(request, db)
        is_own = session is not None and session.person_id == interaction.person_id
        step = find_step(request, db, interaction, session if is_own else None)
        page = PASSKEY.page if PASSKEY.page in step.pages else PASSWORD.page
    return keep(
        request, db, interaction, go_back_to(request, interaction, page, errors={"": error})
    )
