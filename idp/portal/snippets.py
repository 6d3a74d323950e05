"""Configuration an agency's developer can copy, for the application at hand."""

from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlencode, urlsplit

from idp.relying_parties.client_fields import ClientMetadata
from idp.settings.server import IssuerSettings

SECRET_PLACEHOLDER = "YOUR_CLIENT_SECRET"
_EXAMPLE_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass(frozen=True)
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
    )
    snippets = [Snippet(".env", _env(values)), Snippet("TOML", _toml(values))]
    if metadata.uses_secret:
        snippets += [
            Snippet("Python (Flask, Authlib)", _authlib(values)),
            Snippet("Apache (mod_auth_openidc)", _apache(values)),
        ]
    return (*snippets, Snippet("curl", _curl(values)))


@dataclass(frozen=True)
class _Values:
    issuer: str
    client_id: str
    secret: str
    redirect_uri: str
    scope: str
    method: str

    @property
    def discovery(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"


def _scope(metadata: ClientMetadata) -> str:
    services = [f"service:{code}" for code in metadata.service]
    return " ".join([metadata.scope, *services[:1]])


def _env(values: _Values) -> str:
    lines = [
        f"OIDC_ISSUER={values.issuer}",
        f"OIDC_DISCOVERY_URL={values.discovery}",
        f"OIDC_CLIENT_ID={values.client_id}",
        f"OIDC_CLIENT_SECRET={values.secret}" if values.secret else "",
        f"OIDC_REDIRECT_URI={quote(values.redirect_uri)}",
        f'OIDC_SCOPE="{values.scope}"',
    ]
    return "\n".join(line for line in lines if line)


def _toml(values: _Values) -> str:
    lines = [
        "[oidc]",
        f'issuer = "{values.issuer}"',
        f'client_id = "{values.client_id}"',
        f'client_secret = "{values.secret}"' if values.secret else "",
        f'token_endpoint_auth_method = "{values.method}"',
        f'redirect_uri = "{values.redirect_uri}"',
        f'scope = "{values.scope}"',
        'code_challenge_method = "S256"',
    ]
    return "\n".join(line for line in lines if line)


def _authlib(values: _Values) -> str:
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
    server_metadata_url="{values.discovery}",
    client_id="{values.client_id}",
    client_secret="{values.secret}",
    client_kwargs={{
        "scope": "{values.scope}",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "{values.method}",
    }},
)

@app.get("/login")
def login():
    return oauth.onedoor.authorize_redirect("{values.redirect_uri}")

@app.get("{_path(values.redirect_uri)}")
def callback():
    token = oauth.onedoor.authorize_access_token()
    user = token["userinfo"]
    session["sub"] = user["sub"]
    return {{"sub": user["sub"], "acr": user["acr"]}}"""


def _apache(values: _Values) -> str:
    return f"""\
OIDCProviderMetadataURL {values.discovery}
OIDCClientID {values.client_id}
OIDCClientSecret {values.secret}
OIDCProviderTokenEndpointAuth {values.method}
OIDCRedirectURI {values.redirect_uri}
OIDCScope "{values.scope}"
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
    return f"curl {values.discovery}\n\ncurl -i '{values.issuer}/authorize?{query}'"


def _path(uri: str) -> str:
    path = urlsplit(uri).path
    return path if path.strip("/") else "/callback"
