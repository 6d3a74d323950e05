"""Sending a browser back to a relying party, in the response mode it asked for.

The modes that end in `jwt` carry one parameter, `response`: the others in a JWT that we signed
(JARM, JWT Secured Authorization Response Mode for OAuth 2.0).
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.authorization.refusal import Refusal
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.oidc.formats.jose import sign
from idp.oidc.parameters import MAX_LENGTH, AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.profiles import default_answer_algorithm
from idp.relying_parties.grant_types import holds_tokens
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import takes_forms, with_parameters
from idp.web.headers import allow_form_action
from idp.web.templates import render

PLAIN_MODES = ("query", "fragment", "form_post")
"""OAuth 2.0 Multiple Response Types section 2.1, and Form Post Response Mode."""
SIGNED_MODES = ("jwt", "query.jwt", "fragment.jwt", "form_post.jwt")
"""JARM section 2.3; `jwt` is the default of the response type, in a JWT."""
RESPONSE_MODES = (*PLAIN_MODES, *SIGNED_MODES)
SIGNED_LIFETIME = timedelta(minutes=5)
"""JARM section 2.1 recommends ten minutes at most."""


@immutable
class FormPost:
    """The page that posts an authorization response to the relying party."""

    action: str
    fields: dict[str, str]


def place_of(authorization: AuthorizationRequest) -> str:
    """Where the parameters go: `query`, `fragment`, `form_post`.

    By the default of the response type (OAuth 2.0 Multiple Response Types section 5) where no mode
    is asked for, or one that it or the redirect URI cannot have.
    """
    place = authorization.response_mode.removesuffix("jwt").removesuffix(".")
    default = "fragment" if holds_tokens(authorization.response_type) else "query"
    if place == "form_post" and takes_forms(authorization.redirect_uri):
        return place
    return place if place == "fragment" else default


def send_back(
    http: Request,
    authorization: AuthorizationRequest,
    party: RegisteredParty,
    *,
    parameters: dict[str, str],
) -> Response:
    """An authorization response with `state` as sent and `iss` (RFC 9207).

    In the response mode asked for, where there is such a one.
    """
    sent = dict(parameters)
    if authorization.state and len(authorization.state) <= MAX_LENGTH:
        sent["state"] = authorization.state
    sent["iss"] = OidcPart.of(http).issuer.url
    uri, mode = authorization.redirect_uri, authorization.response_mode
    if mode in SIGNED_MODES:
        sent = {"response": _signed(http, party, sent)}
    match place_of(authorization):
        case "form_post":
            allow_form_action(http, uri)
            return render(http, "oidc/form_post.html", FormPost(uri, sent))
        case "fragment":
            return RedirectResponse(f"{uri}#{urlencode(sent)}", status_code=303)
        case _:
            return RedirectResponse(with_parameters(uri, sent), status_code=303)


def send_refusal(
    http: Request, authorization: AuthorizationRequest, party: RegisteredParty, refusal: Refusal
) -> Response:
    """An authorization error response (RFC 6749 section 4.1.2.1)."""
    parameters = {"error": refusal.error}
    if refusal.description:
        parameters["error_description"] = refusal.description
    return send_back(http, authorization, party, parameters=parameters)


def _signed(http: Request, party: RegisteredParty, parameters: dict[str, str]) -> str:
    """For that party alone, and for a short time."""
    claims: dict[str, Any] = {
        **parameters,
        "aud": party.client_id,
        "exp": int((clock.now() + SIGNED_LIFETIME).timestamp()),
    }
    alg = party.authorization_signed_response_alg or default_answer_algorithm(party)
    return sign(OidcPart.of(http).signing_keys, claims, alg=alg)
