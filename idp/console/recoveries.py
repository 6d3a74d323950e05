"""Who waits to get an account back without a second factor, and an operator's refusal.

People are analytics numbers here; whoever is refused reads the reason in a notice to the account.
"""

from collections.abc import Mapping
from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from starlette.responses import Response

from idp.console.entry import RECOVERIES, Operator, OperatorVisit, for_operators, for_refusals
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.recovery.cancelling import list_open, refuse
from idp.recovery.machine import OPEN_FOR
from idp.recovery.models import Recovery, State
from idp.web.csrf import OwnForm
from idp.web.forms import Query, read_page
from idp.web.kept import errors_in, leave, packed_errors, read_left
from idp.web.messages import Message
from idp.web.paging import Leaf, leaf_of
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_LISTED = 3
"""Recoveries on a page."""
_LONGEST = 500
_NO_REASON = Message("Say why, in 500 characters at most: the person reads it.")


@immutable
class Line:
    """One that is under way; `ends_at` is when it can be finished, or no more, if that is known."""

    id: str
    subject_number: int
    since: datetime | None
    noticed_at: datetime | None
    is_ready: bool
    ends_at: datetime | None


@immutable
class RecoveriesPage:
    """A page of them."""

    operator: Operator
    leaf: Leaf[Line]
    typed: Mapping[str, str]
    errors: dict[str, Message]


@router.get(RECOVERIES)
@for_operators
def show_recoveries(visit: OperatorVisit, query: Query) -> Response:
    """What waits, longest first."""
    number = read_page(query.get("page", ""))
    found = list_open(visit.db, limit=_LISTED + 1, offset=(number - 1) * _LISTED)
    left = read_left(visit.request, whose=visit.visitor.session.sid)
    leaf = leaf_of(found, number, most=_LISTED)
    lines = (_line(*one) for one in leaf.lines)
    page = RecoveriesPage(
        visit.visitor, leaf.holding(lines), left.get("typed", {}), errors_in(left)
    )
    return render(visit.request, "console/recoveries.html", page)


@router.post(f"{RECOVERIES}/{{recovery_id}}/refuse")
@for_refusals
def refuse_one(visit: OperatorVisit, recovery_id: UUID, fields: OwnForm) -> Response:
    """End it with a reason, once; its person is told."""
    field = f"reason_{recovery_id}"
    reason = " ".join(normalize("NFC", fields.get(field, "")).split())
    if not 0 < len(reason) <= _LONGEST:
        typed = {field: reason[: 2 * _LONGEST]}
        left = {"typed": typed, **packed_errors({field: _NO_REASON})}
        here = f"{RECOVERIES}?page={read_page(visit.request.query_params.get('page', ''))}"
        return leave(visit.request, here, left, whose=visit.visitor.session.sid)
    if refuse(visit.db, recovery_id, because=reason, at=clock.now()):
        return go_and_tell(
            visit.request,
            RECOVERIES,
            Message("It is refused."),
            meaning=Message("The person is told, with your reason, wherever they can be reached."),
        )
    return go_and_tell(
        visit.request,
        RECOVERIES,
        Message("Nothing was decided"),
        meaning=Message("It has ended meanwhile, or there is no such request."),
        is_done=False,
    )


def _line(recovery: Recovery, subject_number: int) -> Line:
    is_ready = recovery.state is State.READY
    ready_at = recovery.ready_at
    return Line(
        id=str(recovery.id),
        subject_number=subject_number,
        since=recovery.proved_at,
        noticed_at=recovery.noticed_at,
        is_ready=is_ready,
        ends_at=ready_at + OPEN_FOR if ready_at and is_ready else ready_at,
    )
