"""A code by post, for whom the register holds no e-mail address: asked for here, and typed here.

The page says nothing of whether the register agrees, or has an address: it reads alike for
everybody. The letter takes days, so whoever asks goes on without, and comes back with it, in this
browser or another.
"""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.possession import may_show
from idp.accounts.posted import ask_letter, confirm_letter
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.letters import OwnLetter, find_letter
from idp.people.names import has_marks
from idp.sessions.lookup import CurrentSession
from idp.settings.people import PostSettings
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import go_on, go_to, own_session
from idp.signin.proven import go_on_proven
from idp.signin.visit import Going, going_to, interaction_page, typed_number
from idp.web.csrf import OwnForm
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.trusted_proxy import client_ip

router = Router()
PAGE = "letter"
_EMPTY = Message("Type the code of the letter.")
_WRONG = Message(
    "This code is not right, or no longer valid. Type the ten characters of the newest letter."
)


@immutable
class LetterPage:
    """`letter` is the newest that was asked for; `number` is for password managers."""

    going: Going
    number: str
    letter: OwnLetter | None
    post: PostSettings
    offers_mail: bool
    lacks_marks: bool
    """The name has none at all: where the card has some, no letter comes."""
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/letter")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """What it is, and the field for the code; whoever has nothing to show goes on."""
    session, part, at = own_session(request, db, interaction), SignInPart.of(request), clock.now()
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    if not part.post.is_offered or not may_show(db, session, at=at):
        return go_on(request, db, interaction, session)
    page = LetterPage(
        going=going_to(request, interaction),
        number=typed_number(request, interaction),
        letter=find_letter(db, person_id=session.person_id, at=at),
        post=part.post,
        offers_mail=part.offers_mail,
        lacks_marks=not session.proofing and not has_marks(session.name),
        errors=read_kept(request, interaction, PAGE).errors,
    )
    return render(request, "signin/letter.html", page)


@router.post("/signin/{interaction_id}/letter")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Have a letter printed, take its code, or go on without."""
    session, part, at = own_session(request, db, interaction), SignInPart.of(request), clock.now()
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    is_over = "later" in form or not part.post.is_offered
    if is_over or not may_show(db, session, at=at):
        return go_on(request, db, interaction, session)
    keyring, typed = Site.of(request).keyring, form.get("code", "")
    if "ask" in form:
        return _ask(request, db, interaction, session)
    if not typed.strip():
        return go_back_to(request, interaction, PAGE, errors={"code": _EMPTY})
    came_to = confirm_letter(
        db,
        typed,
        keyring=keyring,
        settings=part.throttle,
        session=session,
        address=client_ip(request),
        at=at,
    )
    return go_on_proven(
        request, db, interaction, session, came_to, form=form, page=PAGE, at=at, wrong=_WRONG
    )


def _ask(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    keyring, rules = Site.of(request).keyring, SignInPart.of(request).throttle
    over = ask_letter(db, keyring=keyring, settings=rules, session=session, at=clock.now())
    errors = {"": _asked_before(f"{clock.day_of(over.until):%d/%m/%Y}")} if over else {}
    return go_back_to(request, interaction, PAGE, errors=errors)


def _asked_before(day: str) -> Message:
    return Message(
        "A letter was asked for with these details, and none is sent before %(day)s: one a day, "
        "three in 30 days. Your ID card and a one-stop shop help sooner.",
        day=day,
    )
