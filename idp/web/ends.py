"""The end of an interaction at its last page: the opener's answer itself, a request less."""

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.sessions.lookup import CurrentSession
from idp.web.part import Part

EndHere = Callable[[Request, Session, Interaction, CurrentSession], Response | None]


def _ask_there(
    _request: Request, _db: Session, _interaction: Interaction, _session: CurrentSession
) -> None:
    """The browser goes back to the opener's address, and is answered there."""


@immutable
class Ends(Part):
    """What the page's transaction is handed by whoever opens interactions.

    `answer` is what the way back would be answered, a redirect, done in this transaction, which
    has begun or raised the session; None where only the opener's own address can answer.
    """

    answer: EndHere = _ask_there
