"""/token: codes, refresh tokens and client credentials become tokens (RFC 6749 section 3.2).

Authlib runs the grant. What touches no row is answered on the event loop; the rest goes to a thread
with one transaction, inside which OAuth errors become responses, so that what they recorded is
committed.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.oidc.authlib.authentication import asserted_client_id, presumed_client_id
from idp.oidc.authlib.build import build_server, token_grants
from idp.oidc.authlib.refused import RefusedRequest
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.part import OidcPart
from idp.oidc.requests.authenticated import fetch_client_keys, note_refusal, read_asked
from idp.web.db import transaction
from idp.web.forms import read_form
from idp.web.routes import Router
from idp.web.threads import on_thread

router = Router()


@router.post("/token")
async def token(request: Request) -> Response:
    """A token response, or OAuth JSON."""
    asked = read_asked(request, await read_form(request))
    if asked.payload.grant_type == "client_credentials":
        return await _machine_token(request, asked)
    return await on_thread(_with_rows, request, asked)


async def _machine_token(request: Request, asked: ProtocolRequest) -> Response:
    """Inline, but for the first token of a client in a minute, which is journaled.

    A client that signs is never answered inline: its assertion, or its proof, is a row.
    """
    part, client_id = OidcPart.of(request), presumed_client_id(asked)
    kind = ("client_credentials", client_id)
    is_audited = part.audits.is_used_up(kind)
    if is_audited and not _needs_rows(asked) and part.relying_parties.is_at_hand(client_id):
        server = build_server(part, grants=token_grants(asked.payload.grant_type))
        answer: Response = server.create_token_response(asked)
        if server.refused is not None:
            await on_thread(_note_apart, request, server.refused)
        return answer
    response = await on_thread(_with_rows, request, asked, is_audited=is_audited)
    if response.status_code == 200:
        part.audits.admits(kind)
    return response


def _needs_rows(asked: ProtocolRequest) -> bool:
    is_bound = bool(asked.proofs) or asked.certificate is not None
    return is_bound or asserted_client_id(asked) is not None


def _with_rows(request: Request, asked: ProtocolRequest, *, is_audited: bool = False) -> Response:
    fetch_client_keys(request, asked)
    grants = token_grants(asked.payload.grant_type)
    with transaction(request) as db:
        server = build_server(OidcPart.of(request), db, grants=grants, is_audited=is_audited)
        response: Response = server.create_token_response(asked)
        if server.refused is not None:
            note_refusal(request, db, server.refused, event="token.refused")
        return response


def _note_apart(request: Request, refused: RefusedRequest) -> None:
    with transaction(request) as db:
        note_refusal(request, db, refused, event="token.refused")
