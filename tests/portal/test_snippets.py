"""What a developer copies from the portal is read back as it was meant."""

import json
import shlex
import subprocess
import tomllib
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.portal.snippets import Snippet, build_snippets
from idp.relying_parties.client_fields import ClientMetadata
from idp.settings.server import IssuerSettings

ISSUER = IssuerSettings(url="https://id.example")
PLAIN = ("live-1", "s3cret", "https://rp.example/cb")
ODD = ("a b$(id)`id`", """x"y'z\\#$HOME""", "https://rp.example/cb?a='1'&b=$HOME;id")


def snippets(client_id: str, secret: str, redirect_uri: str) -> dict[str, str]:
    """By title."""
    metadata = ClientMetadata(redirect_uris=[redirect_uri], scope="openid profile")
    made: tuple[Snippet, ...] = build_snippets(
        issuer=ISSUER, client_id=client_id, client_secret=secret, metadata=metadata
    )
    return {snippet.title: snippet.text for snippet in made}


@pytest.mark.parametrize("values", [PLAIN, ODD])
@pytest.mark.asvs("1.3.3")
def test_a_shell_reads_back_what_env_says(values: tuple[str, str, str]) -> None:
    """G25: nothing in a value is a command, a comment or the end of the value."""
    names = ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI", "OIDC_SCOPE")
    script = snippets(*values)[".env"] + "\nprintf '%s\\0' " + " ".join(f'"${n}"' for n in names)
    done = subprocess.run(["sh", "-euc", script], capture_output=True, check=True, text=True)
    assert done.stdout.split("\0")[:-1] == [*values, "openid profile"]


@pytest.mark.parametrize("values", [PLAIN, ODD])
@pytest.mark.asvs("1.2.3")
def test_each_program_reads_back_its_own(values: tuple[str, str, str]) -> None:
    """G25: the siblings of .env."""
    made = snippets(*values)
    toml = tomllib.loads(made["TOML"])["oidc"]
    assert (toml["client_id"], toml["client_secret"], toml["redirect_uri"]) == values
    compile(made["Python (Flask, Authlib)"], "snippet", "exec")
    for value in values:
        assert json.dumps(value) in made["Python (Flask, Authlib)"]
        assert json.dumps(value) in made["Apache (mod_auth_openidc)"]
    curl = shlex.split(made["curl"])
    assert [word for word in curl if not word.startswith("-")].count("curl") == 2
    query = parse_qs(urlsplit(curl[-1]).query)
    assert (query["client_id"], query["redirect_uri"]) == ([values[0]], [values[2]])


@pytest.mark.parametrize("is_in_token", [False, True])
def test_a_developer_reads_where_names_come_from(is_in_token: bool) -> None:
    """C16: an ID token of the code flow holds none, unless the client registered that."""
    metadata = ClientMetadata(
        redirect_uris=("https://rp.example/cb",), claims_in_id_token=is_in_token
    )
    made = build_snippets(issuer=ISSUER, client_id="a", client_secret="b", metadata=metadata)
    texts = {snippet.title: snippet.text for snippet in made}
    place = "the ID token" if is_in_token else "the userinfo endpoint"
    for title in (".env", "TOML", "Apache (mod_auth_openidc)"):
        assert place in texts[title]
    flask = texts["Python (Flask, Authlib)"]
    assert ("onedoor.userinfo(token=token)" in flask) is not is_in_token
    assert 'user.get("name")' in flask
