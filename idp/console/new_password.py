"""A new password, made for somebody at the desk: its handler hashes between two transactions."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.console.entry import OperatorVisit, admit_registrar
from idp.console.people_page import Handing, hand_over, refuse
from idp.web.access import Visit
from idp.web.db import transaction
from idp.web.messages import Message
from idp.web.repeats import answer_again, keep


def judge(
    request: Request,
    fields: Mapping[str, str],
    find_errors: Callable[[OperatorVisit], Mapping[str, Message]],
) -> Response | None:
    """Before anything is hashed: the answer to who may not, or whose form lacks something.

    Sent twice, a form is judged once: its second press is shown the password of the first.
    """
    with transaction(request) as db:
        again = answer_again(request, db)
        if again is not None:
            return again
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return keep(request, db, visitor)
        errors = find_errors(visit := Visit(request, db, visitor))
        if not errors:
            return None
        refused = refuse(visit, fields, errors=errors)
        return keep(request, db, refused, whose=visitor.session.person_id)


def give(
    request: Request, password: str, act: Callable[[OperatorVisit], Response | Handing]
) -> Response:
    """Have `act` set its hash, and show the password once; or what `act` refuses with."""
    with transaction(request) as db:
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return keep(request, db, visitor)
        visit = Visit(request, db, visitor)
        done = act(visit)
        answer = done if isinstance(done, Response) else hand_over(visit, password, done)
        return keep(request, db, answer, whose=visitor.session.person_id)
