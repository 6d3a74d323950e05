"""The flows that are measured, each from where to where; both servers run the first three.

- client credentials: one POST to the token endpoint, a JWT access token signed with ES256.
- refresh: one POST; the refresh token is rotated, the next flow uses the new one.
- warm code flow: GET to the authorization endpoint with a live session and a remembered consent,
  which answers with a code at once; POST of the code with its PKCE verifier. Two requests.
- PAR and DPoP: FAPI 2.0, in `bench/fapi.py`.
- introspection: one POST; a resource server asks whether a person's access token still stands.
- password sign-in: a browser without cookies goes to the authorization endpoint, is led to the
  identifier page, posts it, gets the password page, posts it, and gets a code with that for a
  service that needs LoA1. Consent is remembered. Five requests; the code is not exchanged.
- passkey sign-in: the same without a password, in `bench/passkey.py`.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bench.client import Answer, Connection, UnexpectedAnswer
from bench.load import Flow
from bench.seed import MACHINE_SCOPE, PASSWORD

_CODE = re.compile(rb"[?&]code=([^&]+)")
_HIDDEN = re.compile(rb'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
VERIFIER = "the-benchmark-uses-one-verifier-for-all-of-its-codes"
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
_MAX_HOPS = 6


@dataclass(frozen=True)
class Party:
    """A confidential client of one server."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    authorize_path: str = "/authorize"
    token_path: str = "/token"
    introspect_path: str = "/introspect"

    @property
    def headers(self) -> dict[str, str]:
        """`client_secret_basic`."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.client_secret, safe='')}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def authorize_target(self, **more: str) -> str:
        """An authorization request."""
        asked = asked_parameters(self.client_id, self.redirect_uri)
        return f"{self.authorize_path}?" + urlencode({**asked, **more})

    async def redeem(self, connection: Connection, answer: Answer) -> bytes:
        """The token response for the code in a redirect."""
        body = b"grant_type=authorization_code&code=%b&redirect_uri=%b&code_verifier=%b" % (
            code_of(answer),
            quote(self.redirect_uri, safe="").encode(),
            VERIFIER.encode(),
        )
        tokens = await connection.post(self.token_path, body, headers=self.headers)
        return tokens.expect(200).body


def asked_parameters(client_id: str, redirect_uri: str) -> dict[str, str]:
    """What is asked at the authorization endpoint; state and nonce as long as real ones."""
    return {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": "openid",
        "state": "c0ffee00c0ffee00c0ffee00c0ffee00",
        "nonce": "facade00facade00facade00facade00",
        "code_challenge": _CHALLENGE.decode(),
        "code_challenge_method": "S256",
    }


def code_of(answer: Answer) -> bytes:
    """The code in a redirect. Raises UnexpectedAnswer when there is none."""
    found = _CODE.search(answer.expect(303).header(b"location"))
    if found is None:
        raise UnexpectedAnswer(f"no code in {answer.header(b'location')!r}")
    return found[1]


def machine_flow(party: Party) -> Flow:
    """Client credentials."""
    body = f"grant_type=client_credentials&scope={quote(MACHINE_SCOPE)}".encode()
    headers = party.headers

    async def flow(connection: Connection) -> None:
        answer = await connection.post(party.token_path, body, headers=headers)
        answer.expect(200)

    return flow


def refresh_flow(party: Party, refresh_token: str) -> Flow:
    """A chain of refreshes that begins with that token."""
    token, headers = refresh_token, party.headers

    async def flow(connection: Connection) -> None:
        nonlocal token
        body = f"grant_type=refresh_token&refresh_token={token}".encode()
        answer = await connection.post(party.token_path, body, headers=headers)
        token = json.loads(answer.expect(200).body)["refresh_token"]

    return flow


def introspection_flow(party: Party, access_token: str) -> Flow:
    """The same living token again and again; a dead one ends the measurement."""
    body, headers = f"token={access_token}".encode(), party.headers

    async def flow(connection: Connection) -> None:
        answer = await connection.post(party.introspect_path, body, headers=headers)
        if json.loads(answer.expect(200).body)["active"] is not True:
            raise UnexpectedAnswer("the token is not active")

    return flow


def code_flow(party: Party) -> Flow:
    """The warm code flow; the connection's cookies hold a session."""
    target = party.authorize_target()

    async def flow(connection: Connection) -> None:
        await party.redeem(connection, await connection.get(target))

    return flow


def password_flow(party: Party, number: str) -> Flow:
    """A sign-in from nothing to a code."""
    target = party.authorize_target()

    async def flow(connection: Connection) -> None:
        connection.cookies.clear()
        answer = await connection.get(target)
        for name, value in (("identifier", number), ("password", PASSWORD)):
            answer = await submit(connection, answer, {name: value})
        code_of(answer)

    return flow


async def submit(connection: Connection, answer: Answer, fields: dict[str, str]) -> Answer:
    """Open the page a redirect names, and post its form to where it stands."""
    target = location_of(answer)
    page = (await connection.get(target)).expect(200)
    hidden = hidden_fields(page)
    if "csrf_token" not in hidden:
        raise UnexpectedAnswer(f"no form at {target}")
    body = urlencode({**hidden, **fields}).encode()
    return (await connection.post(target, body)).expect(303)


def hidden_fields(page: Answer) -> dict[str, str]:
    """What a page's forms send along unseen."""
    return {name.decode(): value.decode() for name, value in _HIDDEN.findall(page.body)}


def location_of(answer: Answer) -> str:
    """Path and query of where a redirect leads."""
    parts = urlsplit(answer.expect(303).header(b"location").decode())
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def offline_tokens(connection: Connection, party: Party) -> dict[str, Any]:
    """Tokens with a refresh token, for the session of the connection; agrees when asked."""
    target = party.authorize_target(scope="openid offline_access", prompt="consent")
    answer = await connection.get(target)
    for _ in range(_MAX_HOPS):
        if _CODE.search(answer.header(b"location")):
            tokens: dict[str, Any] = json.loads(await party.redeem(connection, answer))
            return tokens
        if location_of(answer).endswith("/consent"):
            answer = await submit(connection, answer, {"consent-allow": "yes"})
        else:
            answer = await connection.get(location_of(answer))
    raise UnexpectedAnswer("consent leads nowhere")
