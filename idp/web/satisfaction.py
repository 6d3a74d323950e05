"""The question how a sign-in went, on pages that are there anyway, and where its answer is sent."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.catalogue.lookup import find_service_names
from idp.kit.immutable import immutable
from idp.satisfaction.asking import Answer, Taken, answer, ask
from idp.web.language import language_of
from idp.web.messages import N_, Message
from idp.web.part import Site
from idp.web.told import go_and_tell

ANSWERS = {
    Answer.SATISFIED: N_("Satisfied"),
    Answer.NEITHER: N_("Neither satisfied nor dissatisfied"),
    Answer.DISSATISFIED: N_("Not satisfied"),
}
"""In their order on the page."""
TOO_LATE = Message("This question is no longer open.")
_SAID = {
    Taken.COUNTED: Message("Thank you for your answer."),
    Taken.BEFORE: Message("Thank you for your answer."),
    Taken.CLOSED: TOO_LATE,
}
_MEANS = Message("It is counted without your name.")


@immutable
class Asked:
    """An open question as a page shows it; `path` takes the answer."""

    service: str
    path: str
    answers: Mapping[Answer, str]


def asked_of(
    request: Request, db: Session, *, person_id: UUID, subject_number: int, path: str
) -> Asked | None:
    """What the page asks, where this person is to be asked. One statement; two where they are."""
    question = ask(
        db, person_id=person_id, subject_number=subject_number, today=Site.of(request).today
    )
    if question is None:
        return None
    (named,) = find_service_names(db, service_ids=[question.service_id]).values()
    return Asked(named.name(language_of(request)), path, ANSWERS)


def take_answer(
    request: Request, db: Session, form: Mapping[str, str], *, person_id: UUID, back: str
) -> Response:
    """Count it, and back to the page; sent again it says the same and counts nothing."""
    said = form.get("answer", "")
    if said not in {*Answer}:
        return RedirectResponse(back, status_code=303)
    taken = answer(db, person_id=person_id, said=Answer(said), today=Site.of(request).today)
    is_done = taken is not Taken.CLOSED
    meaning = _MEANS if is_done else None
    return go_and_tell(request, back, _SAID[taken], meaning=meaning, is_done=is_done)
