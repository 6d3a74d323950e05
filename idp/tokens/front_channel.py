"""Who is signed out in the browser when a session ends (OIDC Front-Channel Logout 1.0)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.relying_parties.models import RelyingParty, RelyingPartyState
from idp.relying_parties.redirect_uris import with_parameters
from idp.tokens.models import Grant


def list_front_channels(db: Session, *, sid: UUID, issuer: str) -> dict[UUID, str]:
    """The address for a frame of each live relying party of the session that has one, by party.

    With `iss` and `sid` (section 2), `sid` written as in the ID token. One statement.
    """
    rows = db.execute(
        select(RelyingParty.id, RelyingParty.frontchannel_logout_uri)
        .join(Grant, Grant.relying_party_id == RelyingParty.id)
        .where(
            Grant.sid == sid,
            RelyingParty.frontchannel_logout_uri != "",
            RelyingParty.state == RelyingPartyState.LIVE,
        )
        .distinct()
    )
    told = {"iss": issuer, "sid": sid.hex}
    return {party_id: with_parameters(uri, told) for party_id, uri in rows}
