"""The demo's page of what would have been sent. It exists in a demo without a mail server only."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.mail.kinds import KINDS
from idp.mail.letters import Letter
from idp.mail.part import SHOWN_MAIL, MailPart
from idp.outbox.messages import list_waiting
from idp.web.db import transaction
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_LISTED = 20


@dataclass(frozen=True)
class OutboxPage:
    """The last letters, newest first."""

    letters: tuple[Letter, ...]


@router.get(SHOWN_MAIL)
def show(request: Request) -> Response:
    """Every letter still waiting, whoever it is for: nobody in the demo is real."""
    with transaction(request) as db:
        waiting = list_waiting(db, kinds=KINDS, limit=_LISTED)
        read = (MailPart.of(request).writer.read(db, message) for message in waiting)
        page = OutboxPage(tuple(letter for letter in read if letter is not None))
    return render(request, "mail/outbox.html", page)
