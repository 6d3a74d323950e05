"""For whom does the person act: themselves, or an organization they may act for?"""

from dataclasses import dataclass, field
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.interactions.progress import choose_representation
from idp.kit import clock
from idp.organizations.lookup import RepresentedOrganization, list_representations
from idp.sessions.lookup import CurrentSession
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to, own_session
from idp.signin.visit import Going, begin_visit, going_to, show_expired
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId, SessionToken
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.templates import render

router = APIRouter()
MYSELF = "self"


@dataclass(frozen=True)
class RepresentingPage:
    """The choice."""

    going: Going
    interaction_id: str
    name: str
    organizations: tuple[RepresentedOrganization, ...]
    chosen: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/representing")
def show(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken
) -> Response:
    """The choice, for whoever is signed in."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        session = own_session(db, interaction, token=token)
        step = find_step(request, db, interaction, session)
        if session is None or step is not Step.RETURN:
            return go_to(interaction, step)
        page = _page(request, interaction, session, _organizations(request, db, session))
        return render(request, "signin/representing.html", page)


@router.post("/signin/{interaction_id}/representing")
def submit(
    request: Request, interaction_id: str, browser: BrowserId, token: SessionToken, form: OwnForm
) -> Response:
    """Remember the choice; only an organization the person may act for today is taken."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        session = own_session(db, interaction, token=token)
        step = find_step(request, db, interaction, session)
        if session is None or step is not Step.RETURN:
            return go_to(interaction, step)
        organizations = _organizations(request, db, session)
        choices: dict[str, UUID | None] = {
            str(o.organization_id): o.organization_id for o in organizations
        }
        choices[MYSELF] = None
        chosen = form.get("representing", "")
        if chosen not in choices:
            page = _page(request, interaction, session, organizations, error=N_("Choose one."))
            return render(request, "signin/representing.html", page, status=422)
        choose_representation(db, interaction_id=interaction.id, organization_id=choices[chosen])
        return go_to(interaction, Step.RETURN)


def _organizations(
    request: Request, db: Session, session: CurrentSession
) -> list[RepresentedOrganization]:
    today = clock.today(request.app.state.settings.adoption.time_zone)
    return list_representations(db, person_id=session.person_id, on=today)


def _page(
    request: Request,
    interaction: Interaction,
    session: CurrentSession,
    organizations: list[RepresentedOrganization],
    *,
    error: str = "",
) -> RepresentingPage:
    chosen = str(interaction.organization_id) if interaction.organization_id else MYSELF
    return RepresentingPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        name=session.name,
        organizations=tuple(organizations),
        chosen=chosen if interaction.representation_chosen_at else "",
        errors={"representing": error} if error else {},
    )
