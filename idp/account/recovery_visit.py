"""What each step of getting an account back begins with, and how its form is answered.

Everything is bound to the browser's id. A form that is sent again is answered as it was; one of a
step that this browser never came to gets what a sign-in's own steps give, one of another step leads
to the step that is next.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.part import AccountPart
from idp.recovery.codes import Rules, find_recovery
from idp.recovery.models import Recovery
from idp.recovery.steps import step_of
from idp.web.browser import browser_id
from idp.web.cookies import clear_kept
from idp.web.kept import leave, packed_errors
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.over import show_over
from idp.web.part import Site
from idp.web.repeats import answer_anyone_again, keep
from idp.web.trusted_proxy import client_ip

HAVE, PATH, BACK = "/recovery", "/recovery/address", "/recovery/back"
NOBODY = UUID(int=0)
"""Whose what a form leaves is: of nobody who is signed in."""
OVER = Message("This took too long, or something changed meanwhile. Begin again.")
_LONGEST = 300


def find(request: Request, db: Session) -> Recovery | None:
    """The recovery of this browser."""
    keyring = Site.of(request).keyring
    return find_recovery(db, keyring=keyring, browser=browser_id(request))


def begin_form(
    request: Request, db: Session, *steps: str, at: datetime
) -> tuple[Recovery, UUID] | Response:
    """The recovery of this browser and whose it is, at one of those steps; else the answer.

    `answered` keeps what the form then comes to.
    """
    again = answer_anyone_again(request, db)
    if again is not None:
        return again
    found = find(request, db)
    if found is None:
        return unjudged(request, db, show_over(request, None, None))
    if (found.person_id is None and "code" not in steps) or step_of(found, at=at) not in steps:
        return answered(request, db, go_on(request))
    return found, found.person_id or NOBODY


def answered(request: Request, db: Session, response: Response) -> Response:
    """The response, given again to whoever sends the form again."""
    return keep(request, db, response, for_anyone=True)


def unjudged(request: Request, db: Session, response: Response) -> Response:
    """The response to what was not judged: too little was typed, or too often. Nothing is kept."""
    return keep(request, db, response)


def go_on(request: Request, path: str = PATH) -> Response:
    """To the step that is next; what a refused form had left is over with that."""
    clear_kept(request)
    return RedirectResponse(path, status_code=303)


def go_back(
    request: Request,
    errors: dict[str, Message],
    *,
    typed: dict[str, str] | None = None,
    path: str = PATH,
) -> Response:
    """To the page that says what is wrong; `typed` holds no secret."""
    return leave(request, path, {"typed": typed or {}, **packed_errors(errors)}, whose=NOBODY)


def typed_in(form: dict[str, str], *names: str) -> dict[str, str]:
    """What stands in those fields, as far as a page says it again."""
    return {name: form.get(name, "").strip()[:_LONGEST] for name in names}


def rules_of(request: Request) -> Rules:
    """How codes are made, sent and counted for this request."""
    return Rules(
        keyring=Site.of(request).keyring,
        throttle=AccountPart.of(request).throttle,
        texts=Site.of(request).texts,
        offered=AccountPart.of(request).reached_by,
        source=client_ip(request),
        language=language_of(request),
    )
