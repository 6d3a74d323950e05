"""Who is told that a session has ended: over the network, in the browser, or not at all.

A message over the network (OIDC Back-Channel Logout 1.0) is put into the outbox in the transaction
that ends the session, so nothing is lost and nobody waits.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, cast, func, select
from sqlalchemy.orm import Session

from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.http import FetchFailed, GuardedClient
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.messages import enqueue_selected
from idp.outbox.models import OutboxMessage
from idp.relying_parties.cache import RelyingPartyCache
from idp.relying_parties.models import RelyingParty, RelyingPartyState
from idp.relying_parties.party import RegisteredParty, load_live_party
from idp.relying_parties.redirect_uris import with_parameters
from idp.relying_parties.subjects import sid_of
from idp.tokens.models import Grant

BACKCHANNEL_LOGOUT = "backchannel_logout"
"""The kind of these messages: to a relying party's id, one for each session's `sid`."""
WAITS = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 1800))

_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


class MakeToken(Protocol):
    """Makes the signed logout token for a party of somebody's session."""

    def __call__(self, party: RegisteredParty, *, person_id: UUID, sid: UUID) -> str: ...


def has_back_channel() -> ColumnElement[bool]:
    """Whether a relying party is live and has an address for logout tokens."""
    return and_(
        RelyingParty.backchannel_logout_uri != "", RelyingParty.state == RelyingPartyState.LIVE
    )


def announce_end(db: Session, *, sids: Sequence[UUID]) -> None:
    """Tell each party with a grant from these sessions, once a session; one statement."""
    if not sids:
        return
    payload = func.jsonb_build_object(
        *("client_id", RelyingParty.client_id),
        *("sid", Grant.sid),
        *("person_id", Grant.person_id),
    )
    messages = (
        select(cast(Grant.relying_party_id, Text), cast(Grant.sid, Text), payload)
        .join(RelyingParty, RelyingParty.id == Grant.relying_party_id)
        .where(Grant.sid.in_(sids), has_back_channel())
        .group_by(Grant.relying_party_id, RelyingParty.client_id, Grant.sid, Grant.person_id)
    )
    enqueue_selected(db, kind=BACKCHANNEL_LOGOUT, messages=messages)


def backchannel_logout(*, http: GuardedClient, make_token: MakeToken) -> Kind:
    """The kind, for the table of kinds."""

    def prepare(db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        party = load_live_party(db.connection(), client_id=message.payload["client_id"])
        return partial(_attempt, message, party, http, make_token)

    return Kind(
        name=BACKCHANNEL_LOGOUT,
        at_once=16,
        waits=WAITS,
        prepare=prepare,
        note_outcome=_note_outcome,
    )


def _attempt(
    message: OutboxMessage,
    party: RegisteredParty | None,
    http: GuardedClient,
    make_token: MakeToken,
) -> Attempt:
    """The status is that of the party's answer, or why there is none."""
    if party is None or not party.backchannel_logout_uri:
        return Attempt(is_delivered=False, status="no address")
    person_id, sid = (UUID(message.payload[name]) for name in ("person_id", "sid"))
    token = make_token(party, person_id=person_id, sid=sid)
    body = urlencode({"logout_token": token}).encode()
    try:
        answer = http.send("POST", party.backchannel_logout_uri, body=body, headers=_HEADERS)
    except FetchFailed as error:
        return Attempt(is_delivered=False, status=str(error))
    return Attempt(is_delivered=answer.status in (200, 204), status=str(answer.status))


def _note_outcome(db: Session, message: OutboxMessage, attempt: Attempt) -> None:
    record(
        db,
        event="logout.told" if attempt.is_delivered else "logout.not_told",
        relying_party_id=UUID(message.recipient),
        counted=False,
        data={"attempts": message.attempts, "status": attempt.status},
    )


def list_front_channels(
    db: Session, *, sid: UUID, issuer: str, parties: RelyingPartyCache, keyring: Keyring
) -> dict[UUID, str]:
    """The address for a frame of each live relying party of the session that has one, by party.

    With `iss` and `sid`, written as in the ID token (OIDC Front-Channel Logout 1.0 section 2). One
    statement, where the parties are at hand.
    """
    client_ids = db.scalars(
        select(RelyingParty.client_id)
        .join(Grant, Grant.relying_party_id == RelyingParty.id)
        .where(
            Grant.sid == sid,
            RelyingParty.frontchannel_logout_uri != "",
            RelyingParty.state == RelyingPartyState.LIVE,
        )
        .distinct()
    )
    listening = [parties.find(client_id, db=db) for client_id in client_ids.all()]
    return {
        party.id: with_parameters(
            party.frontchannel_logout_uri, {"iss": issuer, "sid": sid_of(sid, party, keyring)}
        )
        for party in listening
        if party is not None and party.frontchannel_logout_uri
    }


def list_session_parties(db: Session, *, sid: UUID) -> list[UUID]:
    """The relying parties of this session that nobody tells of its end; they may still be open."""
    return list(
        db.scalars(
            select(Grant.relying_party_id)
            .join(RelyingParty, RelyingParty.id == Grant.relying_party_id)
            .where(Grant.sid == sid, ~has_back_channel())
            .distinct()
        )
    )
