"""Making an account of what somebody entered about themselves, at once or once it was compared."""

from collections.abc import Mapping

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.possession import send_code
from idp.accounts.registration import register_oneself
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_identifier
from idp.kit import clock
from idp.people.declaration import declare
from idp.people.identifiers import hash_number, review_reasons
from idp.people.names import has_marks
from idp.rate_limits import REGISTRATIONS_MADE, count
from idp.signin.confirm import PAGE as CONFIRM
from idp.signin.factors import go_on_as, sign_in
from idp.signin.kept import Kept, go_back_to
from idp.signin.part import SignInPart
from idp.signin.progress import page_url
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.told import Told, tell
from idp.web.trusted_proxy import client_ip
from idp.web.who import signed_in

TOO_MANY = Message(
    "Too many registrations came from your connection or were for this number. Please try again "
    "in an hour."
)
_MADE = Message("Your account is made, and you are signed in.")
_OPENS_NOW = Message(
    "It opens services that need no confirmed identity already. Others need what follows."
)


def looks_odd(entered: Mapping[str, str]) -> bool:
    """Whether a slip is likely: a name has no marks, or the number states otherwise than the rest.

    It does of few people; they are asked once more, and go on.
    """
    declared = declare(**entered, at=clock.now())
    stated = review_reasons(
        declared.number,
        sex=declared.sex,
        birthdate=declared.birthdate,
        today=clock.day_of(clock.now()),
    )
    return bool(stated) or not has_marks(declared.name)


def make_account(
    request: Request,
    db: Session,
    interaction: Interaction,
    entered: Mapping[str, str],
    *,
    password_hash: str,
) -> Response:
    """Make the account and sign in; next, its owner may show that the number is theirs.

    Where the service needs that, a code is on its way.
    """
    keyring, at, part = Site.of(request).keyring, clock.now(), SignInPart.of(request)
    made = REGISTRATIONS_MADE.of(client_ip(request), keyring=keyring, settings=part.throttle)
    if not count(db, made, at=at):
        kept = Kept(errors={"": TOO_MANY}, entered=dict(entered), password_hash=password_hash)
        return back_to_form(request, interaction, kept)
    registered = register_oneself(
        db,
        keyring=keyring,
        declaration=declare(**entered, at=at),
        password_hash=password_hash,
        at=at,
        locale=language_of(request),
    )
    remember_identifier(
        db,
        interaction_id=interaction.id,
        person_id=registered.person_id,
        identifier_hash=hash_number(keyring, registered.claim),
    )
    before = signed_in(request, db)
    session = sign_in(request, db, interaction, account=registered, before=before, at=at)
    if part.offers_mail and interaction.needs.proofing:
        send_code(
            db,
            keyring=keyring,
            settings=part.throttle,
            session=session,
            language=language_of(request),
            at=at,
        )
    tell(request, page_url(interaction, CONFIRM), Told(_MADE, _OPENS_NOW))
    return go_on_as(request, db, interaction, session, page=CONFIRM)


def back_to_form(request: Request, interaction: Interaction, kept: Kept) -> Response:
    """To the form as it was filled in, with the password that was chosen."""
    return go_back_to(
        request,
        interaction,
        "register",
        errors=kept.errors,
        entered=kept.entered,
        password_hash=kept.password_hash,
    )
