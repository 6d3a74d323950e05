"""Configuration an agency's developer can copy, for the application at hand."""

import json
from shlex import quote
from urllib.parse import urlencode, urlsplit

from idp.kit.immutable import immutable
from idp.relying_parties.client_fields import ClientMetadata
from idp.settings.server import IssuerSettings

SECRET_PLACEHOLDER = "YOUR_CLIENT_SECRET"
_EXAMPLE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@immutable
class Snippet:
    """A piece of configuration; `title` names the program it is for."""

    title: str
    text: str


def build_snippets(
    *, issuer: IssuerSettings, client_id: str, client_secret: str | None, metadata: ClientMetadata
) -> tuple[Snippet, ...]:
    """Ready configuration; without a secret at hand a placeholder stands in its place."""
    secret = "" if not metadata.uses_secret else (client_secret or SECRET_PLACEHOLDER)
    values = _Values(
        issuer=issuer.url,
        client_id=client_id,
        secret=secret,
        redirect_uri=next(iter(metadata.redirect_uris), ""),
        scope=_scope(metadata),
        method=metadata.token_endpoint_auth_method,
        claims_in_id_token=metadata.claims_in_id_token,
    )
    snippets = [Snippet(".env", _env(values)), Snippet("TOML", _toml(values))]
    if metadata.uses_secret:
        snippets += [
            Snippet("Python (Flask, Authlib)", _authlib(values)),
            Snippet("Apache (mod_auth_openidc)", _apache(values)),
        ]
    return (*snippets, Snippet("curl", _curl(values)))


@immutable
class _Values:
    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    scope: str
    method: str
    claims_in_id_token: bool

    @property
    def names(self) -> str:
        """Where people's data are read."""
        return "the ID token" if self.claims_in_id_token else "the userinfo endpoint"

    @property
    def discovery(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"


def _scope(metadata: ClientMetadata) -> str:
    services = [f"service:{code}" for code in metadata.service]
    return " ".join([metadata.scope, *services[:1]])


def _env(values: _Values) -> str:
    """For a shell, and for whoever reads .env files as one does."""
    lines = {
        "OIDC_ISSUER": values.issuer,
        "OIDC_DISCOVERY_URL": values.discovery,
        "OIDC_CLIENT_ID": values.client_id,
        "OIDC_CLIENT_SECRET": values.secret,
        "OIDC_REDIRECT_URI": values.redirect_uri,
        "OIDC_SCOPE": values.scope,
    }
    kept = (f"{name}={quote(value)}" for name, value in lines.items() if value)
    return "\n".join([f"# names and other data come from {values.names}", *kept])


def _toml(values: _Values) -> str:
    lines = {
        "issuer": values.issuer,
        "client_id": values.client_id,
        "client_secret": values.secret,
        "token_endpoint_auth_method": values.method,
        "redirect_uri": values.redirect_uri,
        "scope": values.scope,
        "code_challenge_method": "S256",
    }
    kept = (f"{name} = {_text(value)}" for name, value in lines.items() if value)
    return "\n".join([f"# names and other data come from {values.names}", "[oidc]", *kept])


def _text(value: str) -> str:
    """A string between double quotes, as TOML, Python and Apache read it."""
    return json.dumps(value, ensure_ascii=False)


def _authlib(values: _Values) -> str:
    from_userinfo = "oauth.onedoor.userinfo(token=token)"
    user = "known  # with the name" if values.claims_in_id_token else from_userinfo
    return f"""\
# pip install flask authlib requests
import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, session

app = Flask(__name__)
app.secret_key = os.urandom(32)  # later from your secret store, the same on every node
oauth = OAuth(app)
oauth.register(
    "onedoor",
    server_metadata_url={_text(values.discovery)},
    client_id={_text(values.client_id)},
    client_secret={_text(values.secret)},
    client_kwargs={{
        "scope": {_text(values.scope)},
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": {_text(values.method)},
    }},
)

@app.get("/login")
def login():
    return oauth.onedoor.authorize_redirect({_text(values.redirect_uri)})

@app.get({_text(_path(values.redirect_uri))})
def callback():
    token = oauth.onedoor.authorize_access_token()
    known = token["userinfo"]  # Authlib's word for what the ID token says
    user = {user}
    if user["sub"] != known["sub"]:
        return {{"error": "these are two people"}}, 502
    session["sub"] = user["sub"]
    return {{"sub": user["sub"], "acr": known["acr"], "name": user.get("name")}}"""


def _apache(values: _Values) -> str:
    return f"""\
# OIDC_CLAIM_name and the like: the module reads {values.names} by itself
OIDCProviderMetadataURL {_text(values.discovery)}
OIDCClientID {_text(values.client_id)}
OIDCClientSecret {_text(values.secret)}
OIDCProviderTokenEndpointAuth {_text(values.method)}
OIDCRedirectURI {_text(values.redirect_uri)}
OIDCScope {_text(values.scope)}
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCCryptoPassphrase "exec:/bin/cat /etc/httpd/oidc-passphrase"

<Location "/">
    AuthType openid-connect
    Require valid-user
</Location>"""


def _curl(values: _Values) -> str:
    query = urlencode(
        {
            "response_type": "code",
            "client_id": values.client_id,
            "redirect_uri": values.redirect_uri,
            "scope": values.scope,
            "state": "try",
            "code_challenge": _EXAMPLE_CHALLENGE,
            "code_challenge_method": "S256",
        }
    )
    authorize = quote(f"{values.issuer}/authorize?{query}")
    return f"curl {quote(values.discovery)}\n\ncurl -i {authorize}"


def _path(uri: str) -> str:
    path = urlsplit(uri).path
    return path if path.strip("/") else "/callback"
