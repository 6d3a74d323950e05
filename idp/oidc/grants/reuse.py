"""A spent credential comes again: whoever has a copy gets nothing, and what it gave is dead."""

from typing import Any

from idp.journal.record import record
from idp.relying_parties.party import RegisteredParty
from idp.tokens.end import ReusedCredential, revoke_grant


def end_reused(
    server: Any, party: RegisteredParty, reuse: ReusedCredential, *, reason: str, said: str
) -> None:
    """Revoke the whole grant, and note it the first time (RFC 9700 section 4.14).

    `said` is what the client's developer is told by the error id.
    """
    if not revoke_grant(server.db, grant_id=reuse.grant_id):
        return
    server.is_refusal_noted = True
    record(
        server.db,
        event="grant.revoked",
        reason=reason,
        sign_in_id=reuse.sign_in_id,
        relying_party_id=party.id,
        counted=False,
        error_id=server.error_id,
        data={"description": said},
    )
