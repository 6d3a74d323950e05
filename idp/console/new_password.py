"""A new password, made for somebody at the desk: its handler hashes between two transactions."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.console.entry import OperatorVisit, admit_registrar
from idp.console.people_page import Handing, hand_over, refuse
from idp.web.access import Visit
from idp.web.db import transaction
from idp.web.messages import Message


def judge(
    request: Request,
    fields: Mapping[str, str],
    find_errors: Callable[[OperatorVisit], Mapping[str, Message]],
) -> Response | None:
    """Before anything is hashed: the answer to who may not, or whose form lacks something."""
    with transaction(request) as db:
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return visitor
        errors = find_errors(visit := Visit(request, db, visitor))
    return refuse(visit, fields, errors=errors) if errors else None


def give(
    request: Request, password: str, act: Callable[[OperatorVisit], Response | Handing]
) -> Response:
    """Have `act` set its hash, and show the password once; or what `act` refuses with."""
    with transaction(request) as db:
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return visitor
        visit = Visit(request, db, visitor)
        done = act(visit)
        return done if isinstance(done, Response) else hand_over(visit, password, done)
