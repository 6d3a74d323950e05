"""Logos: pictures that clients name by address, fetched once and kept to be shown by us.

A sign-in page that loaded them from elsewhere would tell others who signs in where. The outbox
fetches them, once for each address that is registered: what is behind an address may change, and
what is kept does not. Whatever is wrong with one, the client only has no picture.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.http import FetchFailed, GuardedClient
from idp.kit.immutable import immutable
from idp.kit.prepared import Prepared
from idp.outbox.kinds import Attempt, Kind
from idp.outbox.messages import enqueue, list_messages
from idp.outbox.models import OutboxMessage
from idp.relying_parties.changes import announce_change
from idp.relying_parties.lifecycle import note
from idp.relying_parties.models import RelyingParty, RelyingPartyLogo

LOGO = "logo"
"""The kind of these messages: to a relying party's id; the payload is the address."""
WAITS = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
NO_PICTURE = "what it answers is no picture, or too large a one"

_COMMAND = (sys.executable, "-I", "-B", str(Path(__file__).with_name("logo_picture.py")))
_SECONDS = 10.0
_logos = table_of(RelyingPartyLogo)
_FIND = Prepared(
    select(_logos.c.picture).where(_logos.c.picture_hash == bindparam("sought")).limit(1),
    reads=True,
)


@immutable(kw_only=True)
class _Fetched(Attempt):
    picture: bytes = field(repr=False)


def ask_for_logo(db: Session, *, party: RelyingParty) -> None:
    """Have the logo of another address fetched; that of the former is shown no more."""
    party.logo_hash = None
    db.execute(delete(RelyingPartyLogo).where(RelyingPartyLogo.relying_party_id == party.id))
    if party.logo_uri:
        payload = {"uri": party.logo_uri}
        enqueue(db, kind=LOGO, recipient=str(party.id), key=uuid4().hex, payload=payload)


def find_logo(db: Session, *, picture_hash: bytes) -> bytes | None:
    """The PNG with that SHA-256, if it is some client's logo. One statement."""
    row = _FIND.one(db, {"sought": picture_hash})
    return None if row is None else row.picture


def find_fetch(db: Session, *, party: RelyingParty) -> OutboxMessage | None:
    """What came of fetching the party's logo, as long as that is known."""
    found = list_messages(db, kind=LOGO, recipient=str(party.id), limit=1) if party.logo_uri else []
    return found[0] if found else None


def logos(*, http: GuardedClient) -> Kind:
    """The kind, for the table of kinds."""

    def prepare(db: Session, message: OutboxMessage) -> Callable[[], Attempt]:
        uri = message.payload["uri"]
        party = RelyingParty.id == UUID(message.recipient)
        registered = db.scalar(select(RelyingParty.logo_uri).where(party))
        return partial(_attempt, uri, http) if uri == registered else _replaced

    return Kind(name=LOGO, at_once=2, waits=WAITS, prepare=prepare, note_outcome=_keep)


def _replaced() -> Attempt:
    return Attempt(is_delivered=False, status="another address was registered", is_final=True)


def _attempt(uri: str, http: GuardedClient) -> Attempt:
    try:
        picture = shrunk(http.get(uri))
    except FetchFailed as error:
        return Attempt(is_delivered=False, status=str(error))
    if picture is None:
        return Attempt(is_delivered=False, status=NO_PICTURE, is_final=True)
    return _Fetched(is_delivered=True, status="shown", picture=picture)


def shrunk(body: bytes) -> bytes | None:
    """The picture as `logo_picture` makes it; None where it makes nothing of it."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            _COMMAND, input=body, capture_output=True, env={}, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    return done.stdout if done.returncode == 0 else None


def _keep(db: Session, message: OutboxMessage, attempt: Attempt) -> None:
    """The picture belongs to the address it was fetched from, unless another was registered."""
    if not isinstance(attempt, _Fetched):
        return
    party_id, picture_hash = UUID(message.recipient), sha256(attempt.picture).digest()
    client_id = db.scalar(
        update(RelyingParty)
        .where(RelyingParty.id == party_id, RelyingParty.logo_uri == message.payload["uri"])
        .values(logo_hash=picture_hash)
        .returning(RelyingParty.client_id)
    )
    if client_id is None:
        return
    kept = {"picture_hash": picture_hash, "picture": attempt.picture}
    new = insert(RelyingPartyLogo).values(relying_party_id=party_id, **kept)
    db.execute(new.on_conflict_do_update(index_elements=["relying_party_id"], set_=kept))
    data = {"sha256": picture_hash.hex()}
    note(db, party_id, event="relying_party.logo_kept", at=clock.now(), data=data)
    announce_change(db, client_id=client_id)
