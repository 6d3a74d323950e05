"""The page for a sign-in that is over, is another browser's, or lost its cookies on the way."""

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

from idp.interactions.models import Interaction
from idp.kit.immutable import immutable
from idp.relying_parties.lookup import PartyToStart
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import with_parameters
from idp.web.browser import has_cookies
from idp.web.language import language_of
from idp.web.part import Site
from idp.web.templates import render


class Reason(StrEnum):
    """Why there is nothing to go on with; UNKNOWN says neither whose it is nor whether it was."""

    UNKNOWN = "unknown"
    NO_COOKIES = "no cookies"
    ENDED = "ended"
    TOO_LATE = "too late"


@immutable
class OverPage:
    """What is over, and where the person goes on; they are told the service they came from."""

    reason: Reason
    service: str = ""
    agency: str = ""
    is_sandbox: bool = False
    is_device: bool = False
    onward: str = ""


def show_over(
    request: Request, past: Interaction | None, party: RegisteredParty | None
) -> Response:
    """Say it; `past` is the interaction of this very browser, and `party` the one that began it."""
    if past is None:
        reason = Reason.UNKNOWN if has_cookies(request) else Reason.NO_COOKIES
        return _render(request, OverPage(reason))
    is_ended = past.ended_at is not None and past.ended_at < past.expires_at
    reason = Reason.ENDED if is_ended else Reason.TOO_LATE
    if party is None:
        return _render(request, OverPage(reason))
    language = language_of(request)
    service = party.find_service(past.service_id)
    page = OverPage(
        reason,
        service=service.name(language) if service else party.name(language),
        agency=(service.agency if service else party.agency).name(language),
        is_sandbox=party.is_sandbox,
        is_device=bool(past.device_code),
        onward="/device" if past.device_code else way_to(request, party),
    )
    return _render(request, page)


def way_to(request: Request, party: RegisteredParty | PartyToStart) -> str:
    """Where the service lets a sign-in begin (OIDC Core 4), told who the issuer is, else its home.

    The first is told nothing else.
    """
    if party.initiate_login_uri:
        return with_parameters(party.initiate_login_uri, {"iss": Site.of(request).issuer.url})
    return party.client_uri


def _render(request: Request, page: OverPage) -> Response:
    return render(request, "errors/over.html", page, status=400)
