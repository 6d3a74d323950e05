"""The service needs more than signing in can give: what is missing, and where to get it."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.possession import POSSESSION, may_show
from idp.assurance.levels import find_level
from idp.factors.key_models import name_models
from idp.factors.kinds import strongest_authentication
from idp.factors.own_passkeys import strongest_of
from idp.interactions.models import Interaction
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.sessions.evidence import Shown
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import go_on, go_to, own_keys, own_session
from idp.signin.visit import Going, going_to, interaction_page
from idp.web.csrf import OwnForm
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class UnmetPage:
    """The level needed, and the proofing lacking for it; zero: a factor is.

    `may_confirm`: a code might be enough. `unconfirmed`: a factor was shown that does not carry the
    proofing, if only from an instant on. `models`: of hardware keys that reach the level, where a
    password and a code do not.
    """

    going: Going
    needed_acr: str
    missing_proofing: int
    unconfirmed: Shown | None
    may_confirm: bool
    models: tuple[str, ...]


@router.get("/signin/{interaction_id}/unmet")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction) -> Response:
    """Explain; only the opener decides that it has come to this.

    Whoever has got meanwhile what was lacking goes on.
    """
    session = own_session(request, db, interaction)
    if session is None:
        return go_to(request, interaction, Step.IDENTIFIER)
    part, needs, needed = SignInPart.of(request), interaction.needs, interaction.needs.proofing
    is_proven = session.proofing >= needed
    must_wait = session.confirmed_authentication < needs.authentication <= session.authentication
    level = find_level(part.assurance, interaction.needed_acr)
    least = level.authentication if level else 0
    keys = own_keys(request, db, session) if least > strongest_authentication() else ()
    is_offered = least <= max(strongest_authentication(), strongest_of(keys))
    if is_proven and is_offered and not (needed and must_wait):
        return go_on(request, db, interaction, session)
    page = UnmetPage(
        going=going_to(request, interaction),
        needed_acr=interaction.needed_acr,
        missing_proofing=0 if is_proven else needed,
        may_confirm=part.offers_mail
        and needed == POSSESSION
        and (must_wait or not is_proven)
        and may_show(db, session, at=clock.now()),
        models=_models(request, least=least),
        unconfirmed=next((shown for shown in session.shown if not shown.is_confirmed), None),
    )
    return render(request, "signin/unmet.html", page)


def _models(request: Request, *, least: int) -> tuple[str, ...]:
    """Those of a level that nothing else reaches."""
    is_usual = least <= strongest_authentication()
    return () if is_usual else name_models(Site.of(request).factor_rules.models, least=least)


@router.post("/signin/{interaction_id}/unmet")
@interaction_page
def go_back(request: Request, _db: Session, interaction: Interaction, _form: OwnForm) -> Response:
    """Return to the opener, who tells the service."""
    return go_to(request, interaction, Step.RETURN)
