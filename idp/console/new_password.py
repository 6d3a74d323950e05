"""A new password, made for somebody at the desk: hashed between two transactions, shown once."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.console.entry import OperatorVisit, admit_registrar
from idp.console.part import ConsolePart
from idp.console.people_page import Handing, hand_over, refuse
from idp.factors.password import hash_password, new_password
from idp.web.access import Visit
from idp.web.db import transaction
from idp.web.messages import Message


def make_password(
    request: Request,
    fields: Mapping[str, str],
    *,
    find_errors: Callable[[OperatorVisit], Mapping[str, Message]],
    give: Callable[[OperatorVisit, str], Response | Handing],
) -> Response:
    """Judge the form, hash, and have `give` set the hash: its refusal, or the password."""
    with transaction(request) as db:
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return visitor
        errors = find_errors(visit := Visit(request, db, visitor))
    if errors:
        return refuse(visit, fields, errors=errors)
    password = new_password()
    password_hash = hash_password(ConsolePart.of(request).passwords, password)
    with transaction(request) as db:
        visitor = admit_registrar(request, db)
        if isinstance(visitor, Response):
            return visitor
        given = give(visit := Visit(request, db, visitor), password_hash)
        return given if isinstance(given, Response) else hand_over(visit, password, given)
