"""The demo's page of what would have been sent.

It exists in a demo without a mail server only.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.kit.immutable import immutable
from idp.mail.digests import read_letter
from idp.mail.gateway import TextMessage
from idp.mail.kinds import TEXTS
from idp.mail.letters import Letter
from idp.mail.part import SHOWN_MAIL, MailPart
from idp.mail.text_messages import read_text
from idp.outbox.messages import list_waiting
from idp.web.db import transaction
from idp.web.routes import Router
from idp.web.templates import render

router = Router()
_LISTED = 20


@immutable
class OutboxPage:
    """The last letters and text messages, newest first."""

    messages: tuple[Letter | TextMessage, ...]


@router.get(SHOWN_MAIL)
def show(request: Request) -> Response:
    """Every one still waiting, whoever it is for: nobody in the demo is real."""
    writer = MailPart.of(request).writer
    with transaction(request) as db:
        read = (
            read_text(writer, db, message)
            if message.kind in TEXTS
            else read_letter(writer, db, message)
            for message in list_waiting(db, kinds=MailPart.of(request).shown, limit=_LISTED)
        )
        page = OutboxPage(tuple(one for one in read if one is not None))
    return render(request, "mail/outbox.html", page)
