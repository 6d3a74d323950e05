"""Security profiles: what a client may register under each of them."""

from dataclasses import dataclass

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""What relying parties may sign with; EdDSA is Ed25519."""


@dataclass(frozen=True)
class ClientRules:
    """What the metadata of one profile's clients may hold."""

    authentication_methods: tuple[str, ...]
    signing_algorithms: tuple[str, ...]
    """What the client may sign with: assertions, request objects, proofs."""
    answer_algorithms: tuple[str, ...]
    """What the client may have us sign with: ID tokens, userinfo, authorization responses."""
    is_fapi: bool = False


_CERTIFICATES = ("tls_client_auth", "self_signed_tls_client_auth")
_FAPI = ClientRules(
    authentication_methods=("private_key_jwt", *_CERTIFICATES),
    signing_algorithms=("PS256", "ES256", "EdDSA"),
    answer_algorithms=("PS256", "ES256"),
    is_fapi=True,
)
CLIENT_RULES = {
    "openid": ClientRules(
        authentication_methods=(
            *("client_secret_basic", "client_secret_post", "private_key_jwt"),
            *(*_CERTIFICATES, "none"),
        ),
        signing_algorithms=ALGORITHMS,
        answer_algorithms=("RS256", "PS256", "ES256"),
    ),
    "fapi2-security": _FAPI,
    "fapi2-message-signing": _FAPI,
}
"""FAPI 2.0 Security Profile 5.3.2.1, 5.4.1; Message Signing adds no rule about keys."""
