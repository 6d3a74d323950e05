"""The first page: who are you? The same answer whether an account exists or not."""

from dataclasses import dataclass, field

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.login_hint import read_login_hint
from idp.interactions.models import Interaction
from idp.interactions.progress import remember_identifier
from idp.kit import clock
from idp.kit.errors import InvalidInput
from idp.people.identifiers import find_person, hash_number, normalise_number
from idp.signin.next_step import Step
from idp.signin.progress import find_step, go_to, has_identifier, own_session
from idp.signin.visit import Going, begin_visit, going_to, show_expired
from idp.web.csrf import OwnForm
from idp.web.current import BrowserId, SessionToken
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.templates import render

router = APIRouter()
_LONGEST_HINT = 20


@dataclass(frozen=True)
class IdentifierPage:
    """The form for a personal number."""

    going: Going
    interaction_id: str
    identifier: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@router.get("/signin/{interaction_id}/identifier")
def show(
    request: Request,
    interaction_id: str,
    browser: BrowserId,
    token: SessionToken,
    query: Query,
) -> Response:
    """The form; whoever is signed in already goes on, unless they ask to be someone else."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        if "other" not in query:
            session = own_session(db, interaction, token=token)
            step = find_step(request, db, interaction, session)
            if session is not None and not has_identifier(interaction):
                remember_identifier(
                    db,
                    interaction_id=interaction.id,
                    person_id=session.person_id,
                    identifier_hash=None,
                )
            if session is not None and step is not Step.IDENTIFIER:
                return go_to(interaction, step)
        hint = read_login_hint(interaction, keyring=request.app.state.keyring)
        return render(
            request, "signin/identifier.html", _page(request, interaction, hint[:_LONGEST_HINT])
        )


@router.post("/signin/{interaction_id}/identifier")
def submit(request: Request, interaction_id: str, browser: BrowserId, form: OwnForm) -> Response:
    """Remember who claims to sign in and ask for the password."""
    with transaction(request) as db:
        interaction = begin_visit(request, db, interaction_id=interaction_id, browser_id=browser)
        if interaction is None:
            return show_expired(request, db, interaction_id, browser)
        typed = form.get("identifier", "")
        today = clock.today(request.app.state.settings.adoption.time_zone)
        try:
            number = normalise_number(typed[:64], today=today)
        except InvalidInput as error:
            page = _page(request, interaction, typed[:64], {"identifier": error.public})
            return render(request, "signin/identifier.html", page, status=422)
        number_hash = hash_number(request.app.state.keyring, number)
        remember_identifier(
            db,
            interaction_id=interaction.id,
            person_id=find_person(db, number_hash=number_hash),
            identifier_hash=number_hash,
        )
        return go_to(interaction, Step.PASSWORD)


def _page(
    request: Request,
    interaction: Interaction,
    identifier: str,
    errors: dict[str, str] | None = None,
) -> IdentifierPage:
    return IdentifierPage(
        going=going_to(request, interaction),
        interaction_id=str(interaction.id),
        identifier=identifier,
        errors=errors or {},
    )
