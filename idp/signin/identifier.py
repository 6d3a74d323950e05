"""The first page: who are you? The same answer whether an account exists or not."""

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.factors.ceremony import Purpose
from idp.factors.kinds import PASSWORD
from idp.interactions.models import LOGIN_HINT, Interaction
from idp.interactions.opening import read_login_hint
from idp.interactions.progress import claim_number, remember_identifier
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.people.identifiers import find_person, hashes_of, normalise_identifier
from idp.signin.asks_passkey import ask_passkey
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.progress import go_on, go_to, has_identifier, own_session
from idp.signin.remembered import find_remembered, forget_number
from idp.signin.visit import Going, going_to, idempotent_page, interaction_page
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.passkeys import AskedPasskey
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.who import signed_in

router = Router()
_LONGEST_HINT, _LONGEST = 28, 64


@immutable
class IdentifierPage:
    """The form for a personal number, or a passkey that says whose it is."""

    going: Going
    identifier: str
    passkey: AskedPasskey | None
    errors: dict[str, Message]


@router.get("/signin/{interaction_id}/identifier")
@interaction_page
def show(request: Request, db: Session, interaction: Interaction, query: Query) -> Response:
    """The form; whoever is signed in already goes on, unless they ask to be someone else.

    So does whom the browser remembers, to the password, unless the service means somebody else.
    """
    keyring = Site.of(request).keyring
    kept = read_kept(request, interaction, Step.IDENTIFIER)
    if "other" in query:
        forget_number(request)
    if "other" not in query and not kept.errors:
        session = own_session(request, db, interaction)
        if session is not None and not has_identifier(interaction):
            remember_identifier(
                db,
                interaction_id=interaction.id,
                person_id=session.person_id,
                identifier_hash=None,
            )
        if session is not None:
            return go_on(request, db, interaction, session)
        if _go_as_remembered(request, db, interaction):
            return go_to(request, interaction, PASSWORD.page)
    hint = "" if "other" in query else read_login_hint(interaction, keyring=keyring)
    page = IdentifierPage(
        going=going_to(request, interaction),
        identifier=kept.entered.get("identifier", hint[:_LONGEST_HINT]),
        passkey=ask_passkey(request, interaction, Purpose.SIGN_IN),
        errors=kept.errors,
    )
    return render(request, "signin/identifier.html", page)


def _go_as_remembered(request: Request, db: Session, interaction: Interaction) -> bool:
    """Have whom the browser remembers be who signs in here; False where that is nobody."""
    keyring, remembered = Site.of(request).keyring, find_remembered(request)
    hint = read_login_hint(interaction, keyring=keyring)
    if remembered is None or hint not in ("", remembered.number):
        return False
    number_hashes = hashes_of(keyring, remembered.number)
    claim_number(db, interaction_id=interaction.id, number_hashes=number_hashes)
    return True


@router.post("/signin/{interaction_id}/identifier")
@idempotent_page
def submit(request: Request, db: Session, interaction: Interaction, form: OwnForm) -> Response:
    """Remember who claims to sign in and ask for the password."""
    keyring = Site.of(request).keyring
    typed = form.get("identifier", "")[:_LONGEST]
    today = Site.of(request).today
    try:
        number = normalise_identifier(typed, today=today)
    except InvalidInput as error:
        return go_back_to(
            request,
            interaction,
            Step.IDENTIFIER,
            errors={"identifier": Message(error.public)},
            entered={"identifier": typed},
        )
    number_hashes = hashes_of(keyring, number)
    response = _way_of(request, db, interaction, number_hashes)
    claim_number(
        db,
        interaction_id=interaction.id,
        number_hashes=number_hashes,
        typed_encrypted=LOGIN_HINT.seal(keyring, number, id=interaction.id),
        is_form=True,
    )
    return response


def _way_of(
    request: Request, db: Session, interaction: Interaction, number_hashes: list[bytes]
) -> Response:
    """To the password; whoever is signed in goes on, as when they reload: from another tab."""
    session = signed_in(request, db)
    if session is not None and session.person_id == find_person(db, number_hashes=number_hashes):
        return go_on(request, db, interaction, session)
    return go_to(request, interaction, PASSWORD.page)
