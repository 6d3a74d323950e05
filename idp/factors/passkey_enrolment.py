"""Making a passkey: what a browser is asked, what was made, and that it works before it counts.

Under way it is the session's own (`enrolments`): a secret of which the challenges come, and what
was made, once it is. Each answer ends the secret it was given for, right or wrong.
"""

import json
import secrets
from dataclasses import field
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.factors.ceremony import (
    KnownCredential,
    NewCredential,
    Purpose,
    challenge_of,
    read_answer,
    request_options,
    verify_answer,
)
from idp.factors.creation import creation_options, verify_creation
from idp.factors.enrolments import (
    Enroller,
    begin,
    drop_pending,
    lock_pending,
    replace_pending,
    row_values,
)
from idp.factors.key_models import NO_MODELS, KeyModels
from idp.factors.kinds import PASSKEY
from idp.factors.models import Authenticator, Passkey
from idp.factors.own_passkeys import list_known
from idp.factors.passkey_site import PasskeySite
from idp.factors.passkeys import credential_hash, user_handle
from idp.kit.crypto import Keyring
from idp.kit.db import wait_for_lock
from idp.kit.immutable import immutable


@immutable(kw_only=True)
class Enrolling:
    """Whose passkey is made, in which session, and where it will be good.

    Where there are `models`, its maker is asked to vouch that it is one of them.
    """

    db: Session
    keyring: Keyring
    site: PasskeySite
    session: Enroller
    at: datetime
    models: KeyModels = field(default_factory=lambda: NO_MODELS)

    @property
    def handle(self) -> bytes:
        """By what the authenticator will know the person."""
        return user_handle(self.keyring, self.session.person_id)


@immutable
class Asked:
    """What the page asks of the browser, as JSON: to make one, or to use the one `is_made`."""

    is_made: bool
    options: str = field(repr=False)


@immutable
class _Begun:
    secret: bytes
    made: NewCredential | None = None

    def to_text(self) -> str:
        made = self.made.to_text() if self.made else ""
        return json.dumps({"secret": self.secret.hex(), "made": made})

    @classmethod
    def from_text(cls, text: str) -> "_Begun":
        kept = json.loads(text)
        made = NewCredential.from_text(kept["made"]) if kept["made"] else None
        return cls(bytes.fromhex(kept["secret"]), made)


def ask(enrolling: Enrolling, *, product: str, masked_number: str) -> Asked:
    """What to ask: the same again when the page is reloaded.

    Both texts are copied to clouds and lock screens.
    """
    db, session = enrolling.db, enrolling.session
    pending = begin(
        db,
        PASSKEY,
        keyring=enrolling.keyring,
        session=session,
        make=lambda: _new().to_text(),
        at=enrolling.at,
    )
    begun = _Begun.from_text(pending.secret)
    if begun.made is not None:
        only = [KnownCredential(begun.made.id, begun.made.transports)]
        challenge = challenge_of(begun.secret, Purpose.CONFIRM)
        options = request_options(enrolling.site, challenge=challenge, allowed=only)
        return Asked(is_made=True, options=options)
    existing = list_known(db, keyring=enrolling.keyring, person_id=session.person_id)
    options = creation_options(
        enrolling.site,
        challenge=challenge_of(begun.secret, Purpose.ENROL),
        product=product,
        handle=enrolling.handle,
        masked_number=masked_number,
        name=session.name,
        existing=existing,
        asks_model=bool(enrolling.models),
    )
    return Asked(is_made=False, options=options)


def take_made(enrolling: Enrolling, sent: str) -> bool:
    """Keep what the browser made until it is shown to work; False for what is not taken.

    So is what somebody has already, whoever they are.
    """
    begun = _take(enrolling)
    if begun is None or begun.made is not None:
        return begun is not None  # sent twice: it waits to be shown
    challenge = challenge_of(begun.secret, Purpose.ENROL)
    made = verify_creation(enrolling.site, sent, challenge=challenge, models=enrolling.models)
    is_new = made is not None and not _is_known(enrolling, made.id)
    _put(enrolling, _new(made) if is_new else _new())
    return is_new


def prove_made(enrolling: Enrolling, sent: str) -> Authenticator | None:
    """The passkey that was made and has signed once, to be bound by `accounts`; None otherwise.

    Nobody else binds one of that id until commit. The person's row stays locked as long.
    """
    begun = _take(enrolling)
    if begun is None or begun.made is None:
        return None
    _put(enrolling, _new(begun.made))
    made, answer = begun.made, read_answer(sent)
    if answer is None or answer.credential_id != made.id:
        return None
    signed = verify_answer(
        enrolling.site,
        answer,
        challenge=challenge_of(begun.secret, Purpose.CONFIRM),
        public_key=made.public_key,
        handle=enrolling.handle,
    )
    if signed is None or signed.is_syncable != made.is_syncable or _is_known(enrolling, made.id):
        return None
    return _new_passkey(enrolling, made, sign_count=max(made.sign_count, signed.sign_count))


def start_anew(enrolling: Enrolling) -> None:
    """Forget what was made: its person wants another one, or none."""
    drop_pending(enrolling.db, PASSKEY, session=enrolling.session)


def _new_passkey(enrolling: Enrolling, made: NewCredential, *, sign_count: int) -> Authenticator:
    values = row_values(
        enrolling.keyring,
        uuid4(),
        kind=PASSKEY,
        person_id=enrolling.session.person_id,
        secret=made.to_text(),
        at=enrolling.at,
    )
    row = Passkey(
        credential_hash=credential_hash(enrolling.keyring, made.id),
        rp_id=enrolling.site.rp_id,
        sign_count=sign_count,
    )
    at = enrolling.at
    return Authenticator(**values, confirmed_at=at, last_used_at=at, passkey=row)


def _is_known(enrolling: Enrolling, credential_id: bytes) -> bool:
    """Whether anybody has it; until commit, nobody else finds out of this one."""
    digest = credential_hash(enrolling.keyring, credential_id)
    wait_for_lock(enrolling.db.connection(), f"passkey {digest.hex()}")
    found = select(Passkey.authenticator_id).where(Passkey.credential_hash == digest)
    return enrolling.db.scalar(found) is not None


def _new(made: NewCredential | None = None) -> _Begun:
    return _Begun(secrets.token_bytes(32), made)


def _take(enrolling: Enrolling) -> _Begun | None:
    pending = lock_pending(
        enrolling.db,
        PASSKEY,
        keyring=enrolling.keyring,
        session=enrolling.session,
        at=enrolling.at,
    )
    return _Begun.from_text(pending.secret) if pending else None


def _put(enrolling: Enrolling, begun: _Begun) -> None:
    """In the place of what was taken, so that nobody answers that again."""
    replace_pending(
        enrolling.db,
        PASSKEY,
        keyring=enrolling.keyring,
        session=enrolling.session,
        secret=begun.to_text(),
    )
