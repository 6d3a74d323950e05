"""Before an account that only a desk can verify: is it a slip?

The same page for a number the population register does not have and for details that differ from
it: nobody learns here whether a number is in it.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.people.models import Sex
from idp.signin.kept import go_back_to, read_kept
from idp.signin.progress import page_url
from idp.signin.register import make_account
from idp.signin.shown_claims import SEX_LABELS
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.templates import render

router = APIRouter()


@dataclass(frozen=True)
class UnmatchedPage:
    """What was entered, to compare with an ID card."""

    going: Going
    entered: dict[str, str] = field(repr=False)
    sex: str


@router.get("/signin/{interaction_id}/unmatched")
@interaction_page
def show(request: Request, _db: Session, interaction: Interaction) -> Response:
    """What was entered, and the choice."""
    kept = read_kept(request, interaction, "unmatched")
    if not kept.entered:
        return RedirectResponse(page_url(interaction, "register"), status_code=303)
    page = UnmatchedPage(
        going=going_to(request, interaction),
        entered=kept.entered,
        sex=SEX_LABELS[Sex(kept.entered["sex"])],
    )
    return render(request, "signin/unmatched.html", page)


@router.post("/signin/{interaction_id}/unmatched")
@interaction_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Make the account as it is, if that is wanted, else back to the form as it was filled in.

    Not limited again: each of these choices has been counted when its form was sent.
    """
    kept = read_kept(request, interaction, "unmatched")
    if not kept.entered or "register-anyway" not in form:
        return go_back_to(request, interaction, "register", entered=kept.entered)
    return make_account(
        request,
        db,
        interaction,
        entered=kept.entered,
        password_hash=kept.password_hash,
    )
