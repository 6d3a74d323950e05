// A service signed in to by openid-client, told of sign-outs through jose; as PROFILE asks plainly,
// or by FAPI 2.0: a key instead of a secret, requests pushed, tokens bound to a key by DPoP,
// and in fapi2-message-signing requests and answers signed.

import { createServer } from "node:http";
import { randomBytes } from "node:crypto";
import * as client from "openid-client";
import { createRemoteJWKSet, importJWK, jwtVerify } from "jose";

const { ISSUER, BASE_URL, CLIENT_ID, CLIENT_SECRET, PORT, PROFILE, PRIVATE_JWK } = process.env;
const LOGOUT = "http://schemas.openid.net/event/backchannel-logout";

const isFapi = PROFILE !== "openid";
const isSigned = PROFILE === "fapi2-message-signing";
const jwk = JSON.parse(PRIVATE_JWK);
const key = { key: await importJWK(jwk, "ES256"), kid: jwk.kid };

const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  {
    ...(isFapi && { id_token_signed_response_alg: "ES256" }),
    ...(isSigned && { authorization_signed_response_alg: "ES256" }),
  },
  isFapi ? client.PrivateKeyJwt(key) : client.ClientSecretBasic(CLIENT_SECRET),
  { execute: [client.allowInsecureRequests] }, // http, on loopback only
);
if (isSigned) client.useJwtResponseMode(config);
const bound = isFapi
  ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) }
  : {};
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri));
const sessions = new Map();

const pages = {
  async "/"(session) {
    if (!session.tokens) return [401, { error: "nobody is signed in" }];
    const { claims, tokens } = session;
    const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, bound);
    return [200, { access_token: tokens.access_token, id_token: claims, userinfo }];
  },

  async "/sign-in"(session) {
    const attempt = {
      pkceCodeVerifier: client.randomPKCECodeVerifier(),
      expectedState: client.randomState(),
      expectedNonce: client.randomNonce(),
    };
    session.attempt = attempt;
    const asked = {
      redirect_uri: `${BASE_URL}/callback`,
      scope: "openid profile offline_access",
      prompt: "consent",
      code_challenge: await client.calculatePKCECodeChallenge(attempt.pkceCodeVerifier),
      code_challenge_method: "S256",
      state: attempt.expectedState,
      nonce: attempt.expectedNonce,
    };
    if (!isFapi) return [303, client.buildAuthorizationUrl(config, asked).href];
    const signed = isSigned && (await client.buildAuthorizationUrlWithJAR(config, asked, key));
    const pushed = isSigned ? signed.searchParams : asked;
    return [303, (await client.buildAuthorizationUrlWithPAR(config, pushed, bound)).href];
  },

  async "/callback"(session, request) {
    const url = new URL(request.url, BASE_URL);
    const { attempt } = session;
    session.tokens = await client.authorizationCodeGrant(config, url, attempt, undefined, bound);
    session.claims = session.tokens.claims();
    return [303, "/"];
  },

  async "/refresh"(session) {
    const { refresh_token } = session.tokens;
    const newer = await client.refreshTokenGrant(config, refresh_token, undefined, bound);
    session.tokens = { ...session.tokens, ...newer };
    return [303, "/"];
  },

  async "/sign-out"(session) {
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: session.tokens.id_token,
      post_logout_redirect_uri: `${BASE_URL}/signed-out`,
    });
    delete session.tokens;
    return [303, url.href];
  },

  async "/signed-out"() {
    return [200, { signed: "out" }];
  },

  async "/backchannel-logout"(_session, request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { payload } = await jwtVerify(form.get("logout_token"), keys, {
      issuer: ISSUER,
      audience: CLIENT_ID,
      typ: "logout+jwt",
      requiredClaims: ["iat", "exp", "jti", "events"],
    });
    if (!payload.events[LOGOUT] || "nonce" in payload) throw new Error("another kind of token");
    for (const session of sessions.values()) {
      if (session.claims?.sid === payload.sid) delete session.tokens;
    }
    return [200, {}];
  },
};

function sessionOf(request, response) {
  let number = /(?:^|; )party=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  if (!sessions.has(number)) {
    number = randomBytes(24).toString("base64url");
    sessions.set(number, {});
    response.setHeader("Set-Cookie", `party=${number}; Path=/; HttpOnly; SameSite=Lax`);
  }
  return sessions.get(number);
}

async function answer(request, response) {
  const page = pages[new URL(request.url, BASE_URL).pathname];
  if (!page) return response.writeHead(404).end();
  try {
    const [status, told] = await page(sessionOf(request, response), request);
    if (status === 303) return response.writeHead(303, { Location: told }).end();
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(told));
  } catch (error) {
    console.error(error);
    response.writeHead(400).end(String(error));
  }
}

createServer(answer).listen(Number(PORT), "127.0.0.1");
