"""Security profiles: what a client may register under each of them."""

from dataclasses import replace

from idp.kit.immutable import immutable
from idp.relying_parties.auth_methods import AUTH_METHODS, CERTIFICATE_METHODS, PRIVATE_KEY_JWT
from idp.relying_parties.grant_types import RESPONSE_TYPES

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What relying parties may sign with; EdDSA is Ed25519."""


@immutable
class ClientRules:
    """What the metadata of one profile's clients may hold."""

    authentication_methods: tuple[str, ...]
    signing_algorithms: tuple[str, ...]
    """What the client may sign with: assertions, request objects, proofs."""
    answer_algorithms: tuple[str, ...]
    """What the client may have us sign with: ID tokens, userinfo, authorization responses."""
    response_types: tuple[str, ...]
    redirect_schemes: tuple[str, ...] = ()
    """Of redirect URIs; any where none is named. Where http may be used is another rule."""
    needs_keys: bool = False
    """Whether the client signs, and therefore registers keys, however it authenticates."""

    @property
    def allowed_values(self) -> dict[str, tuple[str, ...]]:
        """What fields of one value may hold."""
        client, answers = ("", *self.signing_algorithms), ("", *self.answer_algorithms)
        return {
            "token_endpoint_auth_method": self.authentication_methods,
            "token_endpoint_auth_signing_alg": client,
            "request_object_signing_alg": client,
            "id_token_signed_response_alg": answers,
            "userinfo_signed_response_alg": answers,
            "authorization_signed_response_alg": answers,
        }


_FAPI = ClientRules(
    authentication_methods=(PRIVATE_KEY_JWT, *CERTIFICATE_METHODS),
    signing_algorithms=("PS256", "ES256", "EdDSA"),
    answer_algorithms=("PS256", "ES256"),
    response_types=("code",),
    redirect_schemes=("https://", "http://"),
)
OPENID = ClientRules(
    authentication_methods=AUTH_METHODS,
    signing_algorithms=ALGORITHMS,
    answer_algorithms=("RS256", "PS256", "ES256"),
    response_types=RESPONSE_TYPES,
)
"""OpenID Connect forbids nothing: its own rules are every client's."""
LEGACY = "openid-legacy"
"""OpenID Connect for clients whose library signs as was usual before RFC 10070 (see oidc/profiles).

They may register what those of `openid` may."""
CLIENT_RULES = {
    "openid": OPENID,
    "fapi2-security": _FAPI,
    "fapi2-message-signing": replace(_FAPI, needs_keys=True),
    LEGACY: OPENID,
}
"""FAPI 2.0 Security Profile 5.3.2.1, 5.3.2.2, 5.4.1; Message Signing 5.3.1."""
