"""Before an account is made of what looks odd: is everything as on the ID card? Then it is made.

Odd is what was typed, by itself: the page and the statements are the same for everybody. Whether
the population register agrees and whether somebody has an account with that number is not looked
at until possession is shown.
"""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.declaration import declare
from idp.people.models import Sex
from idp.people.names import has_marks
from idp.signin.confirm import PAGE as CONFIRM
from idp.signin.kept import read_kept
from idp.signin.new_account import back_to_form, make_account
from idp.signin.progress import own_session, page_url
from idp.signin.shown_claims import SEX_LABELS
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
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
        return back_to_form(request, interaction, kept)
    return make_account(request, db, interaction, kept.entered, password_hash=kept.password_hash)


def _without(request: Request, db: Session, interaction: Interaction) -> Response:
    """With nothing to compare: on for whoever's account was made already, else to the form."""
    is_made = own_session(request, db, interaction) is not None
    page = CONFIRM if is_made else "register"
    return RedirectResponse(page_url(interaction, page), status_code=303)
