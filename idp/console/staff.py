"""Posts that wait: who asked, when and why, and what an operator says to it."""

from dataclasses import dataclass
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from idp.console.entry import STAFF, Operator, OperatorVisit, for_operators, for_staffing
from idp.kit import clock
from idp.mandates.agreeing import Answer, Answering, WaitingPost, agree, list_waiting, refuse
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@dataclass(frozen=True)
class StaffPage:
    """What waits; `outcome` says why nothing was done."""

    operator: Operator
    waiting: tuple[WaitingPost, ...]
    outcome: str = ""


@router.get(STAFF)
@for_operators
def show_staff(visit: OperatorVisit) -> Response:
    """Every post that waits."""
    return _show(visit)


@router.post(f"{STAFF}/{{post_id}}/confirm")
@for_staffing
def confirm_post(visit: OperatorVisit, post_id: UUID, fields: OwnForm) -> Response:
    """Agree to it, once for each operator."""
    site, by = Site.of(visit.request), _answering(visit)
    seen, at = fields.get("seen", ""), clock.now()
    return _after(visit, agree(visit.db, post_id=post_id, seen=seen, by=by, on=site.today, at=at))


@router.post(f"{STAFF}/{{post_id}}/refuse")
@for_staffing
def refuse_post(visit: OperatorVisit, post_id: UUID, fields: OwnForm) -> Response:
    """End one that was given and never worked."""
    site, by = Site.of(visit.request), _answering(visit)
    seen, at = fields.get("seen", ""), clock.now()
    return _after(visit, refuse(visit.db, post_id=post_id, seen=seen, by=by, on=site.today, at=at))


def _answering(visit: OperatorVisit) -> Answering:
    session = visit.visitor.session
    return Answering(session.person_id, session.subject_number)


def _after(visit: OperatorVisit, answer: Answer) -> Response:
    if answer is Answer.DONE:
        return RedirectResponse(STAFF, status_code=303)
    visit.db.expire_all()
    return _show(visit, answer)


def _show(visit: OperatorVisit, answer: Answer = Answer.DONE) -> Response:
    language = language_of(visit.request)
    waiting = list_waiting(visit.db, on=Site.of(visit.request).today, language=language)
    outcome = "" if answer is Answer.DONE else answer.value
    page = StaffPage(visit.visitor, tuple(waiting), outcome)
    status = {Answer.DONE: 200, Answer.OWN: 403, Answer.HELD_BACK: 403}.get(answer, 409)
    return render(visit.request, "console/staff.html", page, status=status)
