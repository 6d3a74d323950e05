"""The ways in which a relying party may authenticate (`token_endpoint_auth_method`, RFC 7591)."""

SECRET_METHODS = ("client_secret_basic", "client_secret_post")
PRIVATE_KEY_JWT = "private_key_jwt"
TLS_CLIENT_AUTH = "tls_client_auth"
SELF_SIGNED_TLS_CLIENT_AUTH = "self_signed_tls_client_auth"
CERTIFICATE_METHODS = (TLS_CLIENT_AUTH, SELF_SIGNED_TLS_CLIENT_AUTH)
"""RFC 8705 section 2."""
KEY_METHODS = (PRIVATE_KEY_JWT, SELF_SIGNED_TLS_CLIENT_AUTH)
"""For clients that register keys."""
CONFIDENTIAL_METHODS = (*SECRET_METHODS, PRIVATE_KEY_JWT, *CERTIFICATE_METHODS)
"""By which a client proves itself."""
AUTH_METHODS = (*CONFIDENTIAL_METHODS, "none")
