"""Posts that wait: who asked, when and why, and what an operator says to it."""

from uuid import UUID

from starlette.responses import Response

from idp.console.entry import STAFF, Operator, OperatorVisit, for_operators, for_staffing
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.mandates.agreeing import Answer, Answering, WaitingPost, agree, list_waiting, refuse
from idp.web.csrf import OwnForm
from idp.web.forms import Query
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.paging import Leaf, cut
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_LISTED = 3
"""Posts on a page."""
_CONFIRMED = (
    Message("You have confirmed the post."),
    Message("It works once two operators have; until then it stands below."),
)
_ENDED = (Message("The post has ended."), Message("It was never used. Its agency can ask anew."))
_NOTHING = Message("Nothing was decided")
_WHY = {
    Answer.OVERTAKEN: Message("Somebody else has decided, or it has changed. Look again below."),
    Answer.NOT_READY: Message("The account lacks what staff must have. It is told below."),
    Answer.HELD_BACK: Message("A post that worked before is not ended here."),
    Answer.OWN: Message(
        "You have confirmed it already, it is your own post, or you hold one at its agency, above "
        "or below. Another operator decides."
    ),
}


@immutable
class StaffPage:
    """A page of what waits."""

    operator: Operator
    leaf: Leaf[WaitingPost]


@router.get(STAFF)
@for_operators
def show_staff(visit: OperatorVisit, query: Query) -> Response:
    """The posts that wait."""
    language = language_of(visit.request)
    waiting = list_waiting(visit.db, on=Site.of(visit.request).today, language=language)
    page = StaffPage(visit.visitor, cut(waiting, query, most=_LISTED))
    return render(visit.request, "console/staff.html", page)


@router.post(f"{STAFF}/{{post_id}}/confirm")
@for_staffing
def confirm_post(visit: OperatorVisit, post_id: UUID, fields: OwnForm) -> Response:
    """Agree to it, once for each operator."""
    site, by = Site.of(visit.request), _answering(visit)
    seen, at = fields.get("seen", ""), clock.now()
    answer = agree(visit.db, post_id=post_id, seen=seen, by=by, on=site.today, at=at)
    return _after(visit, answer, _CONFIRMED)


@router.post(f"{STAFF}/{{post_id}}/refuse")
@for_staffing
def refuse_post(visit: OperatorVisit, post_id: UUID, fields: OwnForm) -> Response:
    """End one that was given and never worked."""
    site, by = Site.of(visit.request), _answering(visit)
    seen, at = fields.get("seen", ""), clock.now()
    answer = refuse(visit.db, post_id=post_id, seen=seen, by=by, on=site.today, at=at)
    return _after(visit, answer, _ENDED)


def _answering(visit: OperatorVisit) -> Answering:
    session = visit.visitor.session
    return Answering(session.person_id, session.subject_number)


def _after(visit: OperatorVisit, answer: Answer, done: tuple[Message, Message]) -> Response:
    if answer is Answer.DONE:
        what, meaning = done
        return go_and_tell(visit.request, STAFF, what, meaning=meaning)
    return go_and_tell(visit.request, STAFF, _NOTHING, meaning=_WHY[answer], is_done=False)
