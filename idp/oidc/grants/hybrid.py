"""The response types that hold tokens (OIDC Core 3.2, 3.3), off unless the settings offer them."""

from authlib.oauth2.rfc6749.grants.authorization_code import validate_code_authorization_request
from authlib.oidc.core.grants import OpenIDHybridGrant

from idp.oidc.grants.authorization_response import AuthorizationResponse
from idp.relying_parties.grant_types import IMPLICIT, RESPONSE_TYPES, holds_tokens


class HybridGrant(AuthorizationResponse, OpenIDHybridGrant):
    """It has no part at /token: a code it gives is redeemed as any other."""

    GRANT_TYPE = IMPLICIT
    RESPONSE_TYPES = frozenset(filter(holds_tokens, RESPONSE_TYPES))

    def validate_authorization_request(self) -> str:
        """Authlib's for codes: when a nonce is needed is for `checks/nonce.py` to say."""
        redirect_uri: str = validate_code_authorization_request(self)
        return redirect_uri
