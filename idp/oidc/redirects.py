"""Sending a browser back to a relying party."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse

from idp.oidc.parameters import MAX_LENGTH, AuthorizationRequest, Refusal


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The URI with parameters added to its query, its own query kept to the letter."""
    separator = "&" if "?" in uri else "?"
    return f"{uri}{separator}{urlencode(parameters)}" if parameters else uri


def send_back(
    authorization: AuthorizationRequest, *, issuer: str, parameters: dict[str, str]
) -> RedirectResponse:
    """An authorization response in the query, with `state` as sent and `iss` (RFC 9207)."""
    sent = dict(parameters)
    if authorization.state and len(authorization.state) <= MAX_LENGTH:
        sent["state"] = authorization.state
    sent["iss"] = issuer
    location = with_parameters(authorization.redirect_uri, sent)
    return RedirectResponse(location, status_code=303)


def send_refusal(
    authorization: AuthorizationRequest, *, issuer: str, refusal: Refusal
) -> RedirectResponse:
    """An authorization error response (RFC 6749 section 4.1.2.1)."""
    parameters = {"error": refusal.error}
    if refusal.description:
        parameters["error_description"] = refusal.description
    return send_back(authorization, issuer=issuer, parameters=parameters)
