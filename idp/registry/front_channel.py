"""Relying parties that are signed out in the browser (OIDC Front-Channel Logout 1.0)."""

from collections.abc import Collection
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.registry.models import RelyingParty, RelyingPartyState


def find_front_channels(
    db: Session, *, party_ids: Collection[UUID], issuer: str, sid: UUID
) -> dict[UUID, str]:
    """Of those parties, each live one's address for a frame, with `iss` and `sid` (section 2).

    `sid` is written as in the ID token. One statement, none for nobody.
    """
    if not party_ids:
        return {}
    rows = db.execute(
        select(RelyingParty.id, RelyingParty.frontchannel_logout_uri).where(
            RelyingParty.id.in_(party_ids),
            RelyingParty.frontchannel_logout_uri != "",
            RelyingParty.state == RelyingPartyState.LIVE,
        )
    )
    query = urlencode({"iss": issuer, "sid": sid.hex})
    return {party_id: f"{uri}{'&' if '?' in uri else '?'}{query}" for party_id, uri in rows}
