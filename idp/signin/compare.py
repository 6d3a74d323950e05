"""Before an account is made of what looks odd: is everything as on the ID card? Then it is made.

Odd is what was typed, by itself: the page and the statements are the same for everybody. Whether
the population register agrees and whether somebody has an account with that number is not looked
at until possession is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.possession import send_code
from idp.accounts.registration import register_oneself
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_identifier
from idp.kit import clock
from idp.people.declaration import declare
from idp.people.identifiers import hash_number, review_reasons
from idp.people.models import Sex
from idp.people.names import has_marks
from idp.rate_limits import REGISTRATIONS_MADE, count
from idp.sessions.lookup import find_session
from idp.signin.confirm import PAGE as CONFIRM
from idp.signin.factors import go_on_as, sign_in
from idp.signin.kept import Kept, go_back_to, read_kept
from idp.signin.part import SignInPart
from idp.signin.progress import own_session, page_url
from idp.signin.shown_claims import SEX_LABELS
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.browser import session_token
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import Told, tell
from idp.web.trusted_proxy import client_ip

router = Router()

TOO_MANY = Message(
    "Too many registrations came from your connection or were for this number. Please try again "
    "in an hour."
)
_MADE = Message("Your account is made, and you are signed in.")
_OPENS_NOW = Message(
    "It opens services that need no confirmed identity already. Others need what follows."
)


@dataclass(frozen=True)
class ComparePage:
    """What was entered, to compare with an ID card; `birthdate` as a card writes it.

    `lacks_marks`: the name has none at all, which is told whatever the register says.
    """

    going: Going
    entered: dict[str, str] = field(repr=False)
    birthdate: str
    sex: str
    lacks_marks: bool


@router.get("/signin/{interaction_id}/compare")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """What was entered, and the choice."""
    kept = read_kept(request, interaction, "compare")
    if not kept.entered:
        return _without(request, db, interaction)
    born = declare(**kept.entered, at=clock.now()).birthdate
    page = ComparePage(
        going=going_to(request, interaction),
        entered=kept.entered,
        birthdate="/".join(reversed(born.split("-"))),
        sex=SEX_LABELS[Sex(kept.entered["sex"])],
        lacks_marks=not has_marks(kept.entered["name"]),
    )
    return render(request, "signin/compare.html", page)


@router.post("/signin/{interaction_id}/compare")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Make the account, if everything is right, else back to the form as it was filled in.

    Counted anew: the form was counted once, and its choice can be sent any number of times.
    """
    kept = read_kept(request, interaction, "compare")
    if not kept.entered:
        return _without(request, db, interaction)
    if "register" not in form:
        return _back(request, interaction, kept)
    return make_account(request, db, interaction, kept.entered, password_hash=kept.password_hash)


def _back(request: Request, interaction: Interaction, kept: Kept) -> Response:
    """To the form as it was filled in, with the password that was chosen."""
    return go_back_to(
        request,
        interaction,
        "register",
        errors=kept.errors,
        entered=kept.entered,
        password_hash=kept.password_hash,
    )


def _without(request: Request, db: Session, interaction: Interaction) -> Response:
    """With nothing to compare: on for whoever's account was made already, else to the form."""
    is_made = own_session(request, db, interaction) is not None
    page = CONFIRM if is_made else "register"
    return RedirectResponse(page_url(interaction, page), status_code=303)


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
        return _back(request, interaction, kept)
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
    before = find_session(db, keyring=keyring, token=session_token(request))
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
