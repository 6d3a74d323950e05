"""One way to fail: whatever goes wrong with the provider, a token or a form is `Refused`."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from authlib.integrations.base_client import OAuthError
from joserfc.errors import JoseError

UNAVAILABLE = "temporarily_unavailable"
STATUSES = {
    "": 401,  # no token at all (RFC 6750 3.1)
    "invalid_token": 401,
    "insufficient_scope": 403,
    "unmet_authentication_requirements": 403,
    "form_expired": 403,
    "not_found": 404,
    UNAVAILABLE: 503,
}
"""What we answer with; 400 for any other error."""


NOT_OPEN = "The application is not open to the person."
"""The `error_description` with which the provider says why `access_denied` was nobody's choice."""


class Refused(Exception):
    """`error` is the code of OAuth 2.0 or OpenID Connect, or our own.

    `is_closed`: the person was not asked, the application is not meant for them. Of the description
    no more than that is read: whoever forges an answer puts no words on our page.
    """

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.is_closed = error == "access_denied" and description == NOT_OPEN
        self.status = STATUSES.get(error, 400)


@contextmanager
def refusing(malformed: str = UNAVAILABLE) -> Iterator[None]:
    """What the libraries raise inside becomes Refused; `malformed`: the error of a bad answer."""
    try:
        yield
    except OAuthError as error:
        raise Refused(error.error or "invalid_response") from error
    except httpx2.HTTPError as error:
        raise Refused(UNAVAILABLE) from error
    except (JoseError, ValueError) as error:
        raise Refused(malformed) from error
