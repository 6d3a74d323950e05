"""The code flow of the FAPI 2.0 Security Profile: what an agency with the highest demands does.

- PAR and DPoP: POST of the pushed request, with a client assertion and a DPoP proof; GET of its
  handle at the authorization endpoint with a live session and a remembered consent, which answers
  with a code bound to the key; POST of the code, with another assertion and another proof. Three
  requests; everything is signed with ES256. The nonce of an answer serves until another comes.
"""

import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey

from bench.client import Answer, Connection
from bench.flows import VERIFIER, asked_parameters, code_of
from bench.load import Flow
from idp.kit.secrets import new_token

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class FapiClient:
    """A client that proves itself, and that it holds its tokens' key, by signatures."""

    client_id: str
    redirect_uri: str
    issuer: str
    key: ECKey = field(repr=False)
    nonce: str = ""
    """The last one handed out."""

    async def post(self, connection: Connection, path: str, fields: dict[str, str]) -> Answer:
        """With an assertion and a proof; once more when another nonce is wanted."""
        for _ in range(2):
            body = urlencode(
                {
                    **fields,
                    "client_assertion_type": _ASSERTION_TYPE,
                    "client_assertion": self._assertion(),
                }
            )
            headers = {"DPoP": self._proof(path)}
            answer = await connection.post(path, body.encode(), headers=headers)
            self.nonce = answer.header(b"dpop-nonce").decode() or self.nonce
            if b"use_dpop_nonce" not in answer.body:
                break
        return answer

    def _assertion(self) -> str:
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer}
        return self._signed({"typ": "JWT"}, {**claims, "exp": int(time.time()) + 60})

    def _proof(self, path: str) -> str:
        claims = {"htm": "POST", "htu": self.issuer + path, "iat": int(time.time())}
        if self.nonce:
            claims["nonce"] = self.nonce
        return self._signed({"typ": "dpop+jwt", "jwk": self.key.as_dict(private=False)}, claims)

    def _signed(self, header: dict[str, object], claims: dict[str, object]) -> str:
        named = {**claims, "jti": new_token(128)}
        return jwt.encode({"alg": "ES256", **header}, named, self.key)


def fapi_flow(client: FapiClient) -> Flow:
    """The whole of it; the connection's cookies hold a session."""
    asked = asked_parameters(client.client_id, client.redirect_uri)

    async def flow(connection: Connection) -> None:
        pushed = (await client.post(connection, "/par", asked)).expect(201)
        handle = {
            "client_id": client.client_id,
            "request_uri": json.loads(pushed.body)["request_uri"],
        }
        answer = await connection.get(f"/authorize?{urlencode(handle)}")
        fields = {
            "grant_type": "authorization_code",
            "code": code_of(answer).decode(),
            "redirect_uri": client.redirect_uri,
            "code_verifier": VERIFIER,
        }
        (await client.post(connection, "/token", fields)).expect(200)

    return flow
