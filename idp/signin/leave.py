"""Back to the service, from any page: the person stops, and the opener is told they said no.

Whoever remembers having agreed is asked for no consent, and could not say no there.
"""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.signin.next_step import Step
from idp.signin.progress import go_to
from idp.signin.visit import interaction_page
from idp.web.csrf import OwnForm
from idp.web.routes import Router

router = Router()


@router.post("/signin/{interaction_id}/leave")
@interaction_page
def leave(request: Request, db: Session, interaction: Interaction, _form: OwnForm) -> Response:
    """Return to the opener, which ends the sign-in; nobody need be signed in for that."""
    decide_consent(db, interaction_id=interaction.id, allowed=False)
    return go_to(request, interaction, Step.RETURN)
