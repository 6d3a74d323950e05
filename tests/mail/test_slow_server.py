"""T16: a mail server that is slow, refuses, drops or answers twice, and who signs in meanwhile.

That a sign-in takes no longer is held by what it does, not by a clock: while it is answered nothing
of the program opens a connection to anywhere. PostgreSQL's are opened by libpq, not seen here.
"""

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread, get_ident
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Engine, delete, select, update

from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import transaction
from idp.mail.kinds import mail_kinds
from idp.mail.letters import NOTICE_MAIL
from idp.outbox.messages import enqueue_private
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import send_due
from idp.people.codes import CODE_MAIL
from idp.people.contacts import add_contact
from idp.people.models import ContactKind, Person
from idp.settings import Settings
from idp.settings.server import MailSettings
from idp.web.routes import room_router
from tests.mail.conftest import Mailbox
from tests.mail.senders import KEYRING, WRITER
from tests.signin.conftest import Account, Browser, World
from tests.support.app import room_app
from tests.support.people import add_person
from tests.support.served import free_port

HALF_A_MINUTE = 30.0


@dataclass
class Faulty(Mailbox):
    """A server that does one of these to each letter it is given, as long as it is told to."""

    does: str = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.does == "refuses":
            return "450 later"
        answer = await super().handle_DATA(server, session, envelope)
        if self.does == "answers after half a minute":
            await asyncio.sleep(HALF_A_MINUTE)
        if self.does == "drops":
            server.transport.abort()
        if self.does == "answers twice":
            await server.push(answer)
        return answer

    @property
    def settings(self) -> MailSettings:
        return super().settings.model_copy(update={"timeout": timedelta(seconds=1)})


@pytest.fixture
def faulty() -> Iterator[Faulty]:
    """It, running."""
    mailbox = Faulty(port=free_port())
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


@pytest.fixture(autouse=True)
def _empty_outbox(engine: Engine) -> None:
    """No test sends what another left waiting."""
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))


@contextmanager
def connections(but: set[int]) -> Iterator[list[object]]:
    """Where the process connects to meanwhile, but for the threads of these."""
    seen: list[object] = []
    connect = socket.socket.connect

    def note(own: socket.socket, address: Any) -> None:
        if get_ident() not in but:
            seen.append(address)
        connect(own, address)

    with patch.object(socket.socket, "connect", note):
        yield seen


def notice(engine: Engine) -> str:
    """News to somebody who has an address; the key of its message."""
    with transaction(engine) as db:
        person = add_person(db)
        of = {"keyring": KEYRING, "person_id": person.id, "at": clock.now()}
        address = f"{uuid4().hex}@example.vn"
        long_ago = clock.now() - timedelta(days=30)
        add_contact(db, kind=ContactKind.EMAIL, value=address, verified_at=long_ago, **of)
        number = db.scalar(select(Person.subject_number).where(Person.id == person.id))
        record(db, event="person.password_changed", at=clock.now(), subject_number=number)
        mine = (OutboxMessage.kind == NOTICE_MAIL, OutboxMessage.recipient == str(number))
        return str(db.scalars(select(OutboxMessage.key).where(*mine)).one())


def send(engine: Engine, settings: MailSettings) -> int:
    """All that waits, whenever it were due."""
    with transaction(engine) as db:
        waits = OutboxMessage.outcome.is_(None)
        db.execute(update(OutboxMessage).where(waits).values(next_at=clock.now()))
    return send_due(engine, Event(), kinds=mail_kinds(settings, WRITER))


def outcome(engine: Engine, key: str, *, kind: str = NOTICE_MAIL) -> tuple[str | None, int]:
    with transaction(engine) as db:
        row = db.scalars(select(OutboxMessage).filter_by(kind=kind, key=key)).one()
        return (str(row.outcome) if row.outcome else None), row.attempts


@pytest.mark.parametrize(
    ("does", "attempts", "copies"),
    [
        ("", 1, 1),
        ("answers after half a minute", 2, 2),
        ("refuses", 2, 1),
        ("drops", 2, 2),
        ("answers twice", 1, 1),
    ],
)
def test_nothing_is_lost_and_every_copy_is_the_same_message(
    engine: Engine, faulty: Faulty, does: str, attempts: int, copies: int
) -> None:
    """At least once, by one Message-ID: who has had it twice sees it once (RFC 5322, 3.6.4)."""
    key, faulty.does = notice(engine), does
    assert send(engine, faulty.settings) == 1
    faulty.does = ""
    send(engine, faulty.settings)
    assert outcome(engine, key) == ("delivered", attempts)
    assert len(faulty.letters) == copies
    [message_id] = {letter["Message-ID"] for letter in faulty.letters}
    assert message_id.endswith("@id.example>")
    assert send(engine, faulty.settings) == 0


@pytest.mark.parametrize(
    ("does", "outcome_is", "attempts", "copies"),
    [
        ("answers after half a minute", "failed", 1, 1),
        ("drops", "failed", 1, 1),
        ("answers twice", "delivered", 1, 1),
        ("refuses", "delivered", 2, 1),
    ],
)
def test_a_code_is_handed_over_once_whatever_is_answered(
    engine: Engine, faulty: Faulty, does: str, outcome_is: str, attempts: int, copies: int
) -> None:
    """At most once: where nobody knows whether it arrived, its page offers another."""
    key, faulty.does = uuid4().hex, does
    text = json.dumps({"address": "hoa@example.vn", "language": "en", "code": "482913"})
    code = {"kind": CODE_MAIL, "recipient": "somebody", "key": key, "text": text}
    with transaction(engine) as db:
        enqueue_private(db, **code, keyring=KEYRING)  # type: ignore[arg-type]
    send(engine, faulty.settings)
    faulty.does = ""
    send(engine, faulty.settings)
    assert outcome(engine, key, kind=CODE_MAIL) == (outcome_is, attempts)
    assert len(faulty.letters) == copies


@pytest.fixture
def world(module_settings: Settings, faulty: Faulty) -> Iterator[World]:
    """Sign-in and account pages of a provider with that server."""
    with_mail = module_settings.model_copy(update={"mail": faulty.settings})
    app = room_app(with_mail, room_router("idp.signin"))
    app.include_router(room_router("idp.account"))
    yield World(app)
    app.state.runtime.engine.dispose()


def sign_in(browser: Browser, account: Account) -> None:
    """From a browser that nobody knows, of which its person is told by mail."""
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    session = browser.session()
    assert session is not None
    assert session.authentication == 2


def test_who_signs_in_meanwhile_waits_for_no_mail_server(
    world: World, faulty: Faulty, engine: Engine
) -> None:
    """Nor does whoever has a code sent. The control: the sender does connect to it."""
    account, address = world.add_account(), "hoa.nguyen@example.vn"
    long_ago = clock.now() - timedelta(days=30)
    with world.transaction() as db:
        add_contact(
            db,
            keyring=world.keyring,
            person_id=account.registered.person_id,
            kind=ContactKind.EMAIL,
            value=address,
            at=long_ago,
            verified_at=long_ago,
        )
    notice(engine)
    faulty.does = "answers after half a minute"
    sender = Thread(target=send, args=(engine, faulty.settings))
    browser = world.browser("signs-in-meanwhile-0123456789")
    with connections(but=set()) as of_sender:
        sender.start()
        sender.join()
    assert ("127.0.0.1", faulty.port) in of_sender
    with connections(but=set()) as of_requests:
        sign_in(browser, account)
        browser.post("/recovery/address", number=account.number, contact=address)
    assert of_requests == []
    with transaction(engine) as db:
        kinds = set(db.scalars(select(OutboxMessage.kind)))
    assert {"mail.code", "mail.new_browser"} <= kinds, "what both told waits in the outbox"
