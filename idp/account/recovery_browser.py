"""A recovery in the browser that it is bound to: found there, and what its forms leave there."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.recovery.codes import find_recovery
from idp.recovery.models import Recovery
from idp.web.browser import browser_id
from idp.web.kept import leave, packed
from idp.web.messages import Message
from idp.web.part import Site

PATH = "/recovery/address"
NOBODY = UUID(int=0)
"""Whose what a form leaves is: of nobody who is signed in."""
OVER = Message("This took too long, or something changed meanwhile. Begin again.")


def find_here(request: Request, db: Session) -> Recovery | None:
    """The last recovery of this browser, ended or not."""
    keyring = Site.of(request).keyring
    return find_recovery(db, keyring=keyring, browser=browser_id(request))


def go_back(
    request: Request, errors: Mapping[str, Message], *, typed: Mapping[str, str] | None = None
) -> Response:
    """To the page of the step that is next, with what is wrong and what was typed."""
    left = {
        "typed": dict(typed or {}),
        "errors": {name: packed(one) for name, one in errors.items()},
    }
    return leave(request, PATH, left, whose=NOBODY)
