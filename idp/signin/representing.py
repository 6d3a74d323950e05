"""For whom does the person act: themselves, or an organization they may act for?"""

from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.interactions.progress import choose_representation
from idp.kit.immutable import immutable
from idp.mandates.representations import RepresentedOrganization, list_representations
from idp.sessions.lookup import CurrentSession
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.progress import go_to
from idp.signin.repeats import answered
from idp.signin.visit import Going, going_to, step_page
from idp.web.csrf import OwnForm
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
MYSELF = "self"


@immutable
class RepresentingPage:
    """The choice."""

    going: Going
    name: str
    organizations: tuple[RepresentedOrganization, ...]
    chosen: str
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/representing")
@step_page(Step.RETURN)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> Response:
    """The choice, for whoever is signed in."""
    chosen = str(interaction.mandate_id or MYSELF)
    page = RepresentingPage(
        going=going_to(request, interaction),
        name=session.name,
        organizations=tuple(_organizations(request, db, interaction, session)),
        chosen=chosen if interaction.representation_chosen_at else "",
        errors=read_kept(request, interaction, "representing").errors,
    )
    return render(request, "signin/representing.html", page)


@router.post("/signin/{interaction_id}/representing")
@step_page(Step.RETURN)
def submit(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, form: OwnForm
) -> Response:
    """Remember the choice; only a mandate of today, for the service named, is taken."""
    organizations = _organizations(request, db, interaction, session)
    choices: dict[str, UUID | None] = {str(o.mandate_id): o.mandate_id for o in organizations}
    choices[MYSELF] = None
    chosen = form.get("representing", "")
    if chosen not in choices:
        errors = {"representing": Message("Choose who you are acting for.")}
        return go_back_to(request, interaction, "representing", errors=errors)
    response = go_to(request, interaction, Step.RETURN)
    choose_representation(
        db,
        interaction_id=interaction.id,
        mandate_id=choices[chosen],
        answered=answered(request, response),
    )
    return response


def _organizations(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession
) -> list[RepresentedOrganization]:
    found = list_representations(db, person_id=session.person_id, on=Site.of(request).today)
    return [o for o in found if o.covers(interaction.service_id)]
