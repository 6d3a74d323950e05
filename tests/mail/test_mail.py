"""Mail to people: it arrives once and well formed, keeps its secrets, and gives up in time."""

import json
import ssl
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr
from sqlalchemy import Engine, delete, select, update

from idp.accounts.changes import confirm_factor, set_password
from idp.app import create_app
from idp.factors.kinds import TOTP
from idp.factors.models import Authenticator
from idp.journal.events import EVENTS
from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import transaction
from idp.mail.kinds import MAILS, mail_kinds
from idp.mail.letters import NOTICE_MAIL, RECOVERY_MAIL, Writer
from idp.mail.notices import NOTICES
from idp.outbox.messages import enqueue_private
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import send_due
from idp.people.codes import CODE_MAIL, LASTS
from idp.people.contacts import UNDONE_WITHIN, add_contact, find_addressee, replace_contact
from idp.people.models import ContactKind
from idp.settings import Settings
from idp.settings.server import MailSettings
from idp.work import outbox_kinds
from tests.kit.test_http import certificate
from tests.mail.conftest import Mailbox, mail_server
from tests.support.people import add_person, give_app, give_codes

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
WRITER = Writer(keyring=KEYRING, site="https://id.example", zone=ZoneInfo("Asia/Ho_Chi_Minh"))
CODE, ADDRESS = "482913", "hoa.nguyen@example.vn"


@pytest.fixture(autouse=True)
def _empty_outbox(engine: Engine) -> None:
    """No test sends what another left waiting."""
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))


def put(engine: Engine, *, language: str = "en", is_meant: bool = True) -> str:
    """A code on its way; the key of its message."""
    text = json.dumps({"address": ADDRESS, "language": language, "code": CODE})
    key = uuid4().hex
    with transaction(engine) as db:
        enqueue_private(
            db,
            kind=CODE_MAIL,
            recipient="somebody",
            key=key,
            text=text,
            keyring=KEYRING,
            is_meant=is_meant,
        )
    return key


def send(engine: Engine, settings: MailSettings) -> int:
    return send_due(engine, Event(), kinds=mail_kinds(settings, WRITER))


def row(engine: Engine, key: str) -> OutboxMessage | None:
    with transaction(engine) as db:
        return db.scalar(select(OutboxMessage).where(OutboxMessage.key == key))


@pytest.mark.parametrize(
    ("language", "says"), [("en", "Your code: 482913"), ("vi", "Mã xác nhận: 482913")]
)
def test_a_code_arrives_in_the_persons_language(
    engine: Engine, mailbox: Mailbox, language: str, says: str
) -> None:
    key = put(engine, language=language)
    assert send(engine, mailbox.settings) == 1
    [letter] = mailbox.letters
    assert (letter["To"], letter["From"]) == (ADDRESS, "OneDoor <id@id.example>")
    assert (letter["Auto-Submitted"], letter["Content-Language"]) == ("auto-generated", language)
    assert says in letter.get_content()
    assert CODE not in letter["Subject"]
    message = row(engine, key)
    assert message
    assert letter["Message-ID"] == f"<{message.id}@id.example>"


@pytest.mark.parametrize("answer", ["250 kept", "550 no such user"])
def test_what_is_private_is_unreadable_before_and_gone_after(
    engine: Engine, mailbox: Mailbox, answer: str
) -> None:
    """G2: neither address nor code stand in the outbox, in a status or in a log."""
    mailbox.answer = answer
    key = put(engine)
    before = row(engine, key)
    assert before
    assert before.private_encrypted
    assert ADDRESS.encode() not in before.private_encrypted
    assert CODE.encode() not in before.private_encrypted
    send(engine, mailbox.settings)
    after = row(engine, key)
    assert after
    assert after.outcome == ("delivered" if answer.startswith("250") else "failed")
    assert after.private_encrypted is None
    assert ADDRESS not in after.last_status + str(after.payload)


def test_what_may_pass_is_tried_again_and_a_late_code_is_not_sent(
    engine: Engine, mailbox: Mailbox
) -> None:
    mailbox.answer = "451 later"
    key = put(engine)
    send(engine, mailbox.settings)
    waiting = row(engine, key)
    assert waiting
    assert (waiting.outcome, waiting.last_status) == (None, "answered 451")
    mailbox.answer = "250 kept"
    with clock.shifted(LASTS + timedelta(seconds=1)):
        send(engine, mailbox.settings)
    late = row(engine, key)
    assert late
    assert late.outcome == "failed"
    assert mailbox.letters == []


def test_one_that_is_not_meant_is_no_message(engine: Engine) -> None:
    """G15: the same statement, and nothing in the outbox."""
    assert row(engine, put(engine, is_meant=False)) is None


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_nothing_is_said_to_a_server_that_does_not_encrypt(
    engine: Engine, mailbox: Mailbox, security: str
) -> None:
    """G2: a code is never sent in clear because the server, or someone before it, offers no TLS."""
    key = put(engine)
    settings = mailbox.settings.model_copy(
        update={"security": security, "timeout": timedelta(seconds=1)}
    )
    send(engine, settings)
    assert mailbox.letters == []
    message = row(engine, key)
    assert message
    assert message.outcome is None


@pytest.mark.parametrize(
    ("name", "password", "arrives"),
    [
        ("localhost", "right", True),
        ("localhost", "wrong", False),
        ("other.example", "right", False),
    ],
)
def test_a_login_goes_only_to_the_server_whose_certificate_is_good(
    engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    password: str,
    arrives: bool,
) -> None:
    """G2: STARTTLS, verified, then a login; the control of those that do not encrypt."""
    file = certificate(tmp_path, name)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    asked = []

    def check(*args: Any) -> AuthResult:
        asked.append(args[-1])
        is_right = (args[-1].login, args[-1].password) == (b"onedoor", b"right")
        return AuthResult(success=is_right)

    with mail_server(
        tls_context=served, require_starttls=True, authenticator=check, auth_required=True
    ) as mailbox:
        settings = mailbox.settings.model_copy(
            update={
                "host": "localhost",
                "security": "starttls",
                "user": "onedoor",
                "password": SecretStr(password),
            }
        )
        put(engine)
        send(engine, settings)
        assert len(mailbox.letters) == arrives
    assert bool(asked) is (name == "localhost")


def test_a_password_change_is_told_to_a_contact_that_is_the_persons(
    engine: Engine, mailbox: Mailbox
) -> None:
    with transaction(engine) as db:
        told, untold = add_person(db), add_person(db)
        for person, verified_at in ((told, clock.now()), (untold, None)):
            add_contact(
                db,
                keyring=KEYRING,
                person_id=person.id,
                kind=ContactKind.EMAIL,
                value=ADDRESS,
                at=clock.now(),
                verified_at=verified_at,
            )
            set_password(
                db, keyring=KEYRING, person_id=person.id, password_hash="x", kept=(), at=clock.now()
            )
    send(engine, mailbox.settings)
    [letter] = mailbox.letters
    assert "mật khẩu" in letter.get_content().lower()
    assert "https://id.example" in letter.get_content()


def test_an_address_that_is_not_known_to_be_theirs_silences_none(
    engine: Engine, mailbox: Mailbox
) -> None:
    """G1: a newer one that nobody verified took the place of the person's own."""
    with transaction(engine) as db:
        person = add_person(db)
        for address, age, is_verified in ((ADDRESS, 2, True), ("new@example.vn", 1, False)):
            at = clock.now() - timedelta(days=age)
            add_contact(
                db,
                keyring=KEYRING,
                person_id=person.id,
                kind=ContactKind.EMAIL,
                value=address,
                at=at,
                verified_at=at if is_verified else None,
            )
        set_password(
            db, keyring=KEYRING, person_id=person.id, password_hash="x", kept=(), at=clock.now()
        )
    send(engine, mailbox.settings)
    assert [letter["To"] for letter in mailbox.letters] == [ADDRESS]


def test_an_address_replaced_a_while_ago_hears_what_follows(
    engine: Engine, mailbox: Mailbox
) -> None:
    """Whoever has the account in hand gives an address of theirs first, and then does the rest."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        person.locale = "en"
        given: dict[str, Any] = {"keyring": KEYRING, "person_id": person.id}
        verified = {"kind": ContactKind.EMAIL, "value": ADDRESS, "verified_at": at}
        add_contact(db, at=at - timedelta(days=9), **given, **verified)
        replace_contact(db, kind=ContactKind.EMAIL, value="thief@example.vn", at=at, **given)
        number = person.subject_number
        record(db, event="contact.changed", at=at, subject_number=number, data={"kind": "email"})
        set_password(db, password_hash="x", kept=(), at=at, **given)
    send(engine, mailbox.settings)
    told = {(letter["To"], letter["Subject"]) for letter in mailbox.letters}
    assert told == {
        (ADDRESS, "The e-mail address of your account was changed"),
        ("thief@example.vn", "Your e-mail address was changed"),
        (ADDRESS, "Your password was changed"),
        ("thief@example.vn", "Your password was changed"),
    }
    with clock.shifted(UNDONE_WITHIN + timedelta(minutes=1)), transaction(engine) as db:
        told_where = find_addressee(
            db, keyring=KEYRING, kind=ContactKind.EMAIL, subject_number=number
        )
    assert told_where
    assert told_where.former == ""


def test_recovery_codes_are_told_as_what_they_are(engine: Engine, mailbox: Mailbox) -> None:
    """Not as another app: made, then made anew."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        person.locale = "en"
        verified = {"kind": ContactKind.EMAIL, "value": ADDRESS, "verified_at": at}
        add_contact(db, keyring=KEYRING, person_id=person.id, at=at, **verified)  # type: ignore[arg-type]
        give_app(db, keyring=KEYRING, person_id=person.id)
        for _ in range(2):
            give_codes(db, keyring=KEYRING, person_id=person.id)
    send(engine, mailbox.settings)
    assert [letter["Subject"] for letter in mailbox.letters] == [
        "A second step was set up",
        "Recovery codes were made",
        "New recovery codes",
    ]


def test_codes_that_a_proof_confirms_along_with_the_app_are_told(
    engine: Engine, mailbox: Mailbox
) -> None:
    """They may be a thief's who once saw the app's code, when there was nobody to write to yet."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now()
        person.locale = "en"
        give_app(db, keyring=KEYRING, person_id=person.id)
        give_codes(db, keyring=KEYRING, person_id=person.id)
        db.execute(update(Authenticator).values(carries_proofing=0))
        person.proofing = 2
        db.flush()
        verified = {"kind": ContactKind.EMAIL, "value": ADDRESS, "verified_at": at}
        add_contact(db, keyring=KEYRING, person_id=person.id, at=at, **verified)  # type: ignore[arg-type]
        db.execute(delete(OutboxMessage))
        assert confirm_factor(db, person_id=person.id, kind=TOTP, by="desk", at=at)
    send(engine, mailbox.settings)
    about = {letter["Subject"]: letter.get_content() for letter in mailbox.letters}
    assert {*about} == {"A second step was confirmed", "Recovery codes were made"}
    assert "make new recovery codes" in " ".join(about["Recovery codes were made"].split())


def test_every_event_that_tells_by_mail_has_words_and_every_words_an_event() -> None:
    told = {
        name for name, event in EVENTS.items() if {NOTICE_MAIL, RECOVERY_MAIL} & {*event.notifies}
    }
    assert told == {*NOTICES}


@pytest.mark.parametrize(
    ("environment", "host", "is_shown"),
    [("demo", "", True), ("demo", "127.0.0.1", False), ("test", "", False)],
)
def test_mail_is_shown_in_a_demo_without_a_server_and_sent_everywhere_else(
    settings: Settings, environment: str, host: str, is_shown: bool
) -> None:
    """G2: the page with everybody's codes exists in the demo alone."""
    changed = {"environment": environment, "mail": MailSettings(host=host, sender="a@b.example")}
    app = create_app(settings.model_copy(update=changed))
    paths = {getattr(route, "path", "") for route in app.routes}
    assert ("/demo/outbox" in paths) is is_shown
    sent = {kind.name for kind in outbox_kinds(app.state.runtime)}
    assert ({*MAILS} <= sent) is not is_shown
    app.state.runtime.engine.dispose()


def test_production_never_shows_mail(settings: Settings) -> None:
    """G2: control for the page above; without a server production offers no code at all."""
    production = settings.model_copy(update={"environment": "production"})
    assert (production.shows_mail, production.offers_mail) == (False, False)
    assert settings.model_copy(update={"environment": "demo"}).offers_mail
