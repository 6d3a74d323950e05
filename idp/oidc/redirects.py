"""Sending a browser back to a relying party, in the response mode it asked for."""

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.oidc.parameters import MAX_LENGTH, AuthorizationRequest, Refusal
from idp.web.headers import allow_form_action
from idp.web.templates import render

RESPONSE_MODES = ("query", "fragment", "form_post")
"""OAuth 2.0 Multiple Response Types section 2.1, and Form Post Response Mode."""
DEFAULT_MODE = "query"
"""The default of the response type `code`."""


@dataclass(frozen=True)
class FormPost:
    """The page that posts an authorization response to the relying party."""

    action: str
    fields: dict[str, str]


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The URI with parameters added to its query, its own query kept to the letter."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}" if parameters else uri


def send_back(
    http: Request,
    authorization: AuthorizationRequest,
    *,
    issuer: str,
    parameters: dict[str, str],
) -> Response:
    """An authorization response with `state` as sent and `iss` (RFC 9207).

    In the response mode asked for; in the query when that is none there is.
    """
    sent = dict(parameters)
    if authorization.state and len(authorization.state) <= MAX_LENGTH:
        sent["state"] = authorization.state
    sent["iss"] = issuer
    uri = authorization.redirect_uri
    match authorization.response_mode:
        case "form_post":
            allow_form_action(http, uri)
            return render(http, "oidc/form_post.html", FormPost(uri, sent))
        case "fragment":
            return RedirectResponse(f"{uri}#{urlencode(sent)}", status_code=303)
        case _:
            return RedirectResponse(with_parameters(uri, sent), status_code=303)


def send_refusal(
    http: Request, authorization: AuthorizationRequest, *, issuer: str, refusal: Refusal
) -> Response:
    """An authorization error response (RFC 6749 section 4.1.2.1)."""
    parameters = {"error": refusal.error}
    if refusal.description:
        parameters["error_description"] = refusal.description
    return send_back(http, authorization, issuer=issuer, parameters=parameters)
