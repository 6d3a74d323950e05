"""A step that is sent again: taken once, and answered as it was (`interactions.sent`)."""

from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.end import keep_answer
from idp.interactions.models import Answered, Interaction
from idp.interactions.sent import find_last_answer, free_form, take_again, take_form
from idp.kit.crypto import DecryptionFailed
from idp.signin.progress import own_session
from idp.web.repeats import FormKey, KeptAnswer, form_key, note_taken, seal_answer
from idp.web.who import signed_in

_TAKEN = "taken_form"


def take(
    request: Request, db: Session, *, interaction_id: UUID, browser_hash: bytes
) -> Interaction | Response | None:
    """The interaction whose form this request is to judge, or the answer that was given to it.

    None as `find_interaction` says. A refusal is judged again for whoever has read it: there, the
    same value is a new attempt.
    """
    form = form_key(request)
    interaction, sealed = take_form(
        db, interaction_id=interaction_id, browser_hash=browser_hash, form_hash=form.hash
    )
    if interaction is None:
        return _answered_at_end(request, db, interaction_id, browser_hash, form)
    answer = _open(sealed, form)
    if answer is not None and not answer.is_seen_refusal(request):
        has_session = own_session(request, db, interaction) is not None
        return answer.give(request, with_session=not has_session)
    taken_at = take_again(db, interaction) if answer is not None else interaction.sent_at
    request.scope["state"][_TAKEN] = form
    note_taken(request, partial(free_form, interaction_id=interaction.id, taken_at=taken_at))
    return interaction


def _answered_at_end(
    request: Request, db: Session, interaction_id: UUID, browser_hash: bytes, form: FormKey
) -> Response | None:
    """What the form that ended its interaction was answered, for whom that has not reached.

    Where it has, the code in it is delivered, and may be redeemed: it is given to nobody again.
    """
    sealed = find_last_answer(
        db, interaction_id=interaction_id, browser_hash=browser_hash, form_hash=form.hash
    )
    answer = _open(sealed, form)
    if answer is None or answer.has_arrived(request):
        return None
    session = signed_in(request, db)
    return answer.give(request, with_session=session is None)


def answered(request: Request, response: Response) -> Answered | None:
    """The answer to this request's form, for a write that takes it along; None if it has one."""
    form: FormKey | None = request.scope["state"].pop(_TAKEN, None)
    if form is None or "location" not in response.headers:
        return None
    return Answered(sent_hash=form.hash, answer=seal_answer(request, response, form=form))


def keep(request: Request, db: Session, interaction: Interaction, response: Response) -> Response:
    """The response, kept as the answer to this request's form unless it was written already."""
    answer = answered(request, response)
    if answer is not None:
        keep_answer(db, interaction_id=interaction.id, answered=answer)
    return response


def _open(sealed: bytes | None, form: FormKey) -> KeptAnswer | None:
    """None for an answer to another form, which took this one's place meanwhile."""
    try:
        return KeptAnswer.open(sealed, form=form) if sealed else None
    except DecryptionFailed:
        return None
