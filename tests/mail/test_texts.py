"""Text messages: short, plain, signed; each once by its key, whatever the gateway does."""

import hashlib
import hmac
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, delete, select, text

from idp.accounts.changes import set_password
from idp.factors.kinds import KINDS
from idp.journal.events import EVENTS
from idp.journal.record import record
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.http import GuardedClient
from idp.kit.languages import LANGUAGES
from idp.kit.outbound_hosts import OutboundHosts
from idp.mail import texts
from idp.mail.kinds import mail_kinds
from idp.mail.names import called
from idp.mail.text_messages import fit
from idp.mail.texts import NOTICE_TEXT, NOTICES, OF_KIND, RECOVERY_TEXT, TO_FORMER
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import CLAIMED_FOR, claim_message, send_due
from idp.people.codes import Purpose, mail_code
from idp.people.contacts import UNDONE_WITHIN, add_contact, replace_contact
from idp.people.models import ContactKind
from idp.settings.server import SmsSettings
from idp.web.messages import Catalogue
from tests.mail import killed_sender
from tests.mail.conftest import Mailbox
from tests.mail.senders import GATEWAY_KEY, KEYRING, WRITER, kinds_by_text
from tests.support.people import add_person

LONG = "Điện thoại thứ hai của mẹ để ở nhà ngoại"
SERVICE = "Đăng ký thường trú, tạm trú và khai báo tạm vắng cho công dân trong nước"
KEY, NUMBER, OTHER = GATEWAY_KEY, "+84912345678", "+84987654321"
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
WORDS = (
    *texts.CODES.values(),
    texts.NEW_BROWSER,
    *TO_FORMER.values(),
    *NOTICES.values(),
    *OF_KIND.values(),
)


@dataclass
class Gateway:
    """A gateway on loopback: it sends once by key, and answers as it is told to."""

    statuses: list[int] = field(default_factory=list)
    silent: float = 0.0
    keys: list[str] = field(default_factory=list)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
    forged: int = 0
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def settings(self) -> SmsSettings:
        return SmsSettings(url=f"http://127.0.0.1:{self.port}/messages", key=SecretStr(KEY))

    def take(self, headers: Any, body: bytes) -> int:
        named = (headers["Idempotency-Key"], headers["X-Timestamp"])
        signed = b"\n".join((*(part.encode() for part in named), body))
        right = hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        if headers["X-Signature"] != right:
            self.forged += 1
            return 401
        self.seen.append((dict(headers.items()), body))
        self.keys.append(headers["Idempotency-Key"])
        status = self.statuses.pop(0) if self.statuses else 202
        if not 400 <= status < 500:
            message = json.loads(body)
            self.sent.setdefault(self.keys[-1], (message["to"], message["text"]))
        time.sleep(self.silent)
        return status


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status = kept.take(self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            try:
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                pass  # nobody waits any more

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _empty_outbox(engine: Engine) -> None:
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))


def send(engine: Engine, settings: SmsSettings, *, seconds: float = 5.0) -> int:
    hosts = OutboundHosts(8, at_host=2, rests=False)
    http = GuardedClient(allows_loopback=True, seconds=seconds, hosts=hosts)
    return send_due(engine, Event(), kinds=kinds_by_text(settings, http=http))


def ask(engine: Engine, *, number: str = NUMBER) -> None:
    """A code is on its way to that number."""
    with transaction(engine) as db:
        assert mail_code(
            db,
            keyring=KEYRING,
            purpose=Purpose.PHONE,
            person_id=add_person(db).id,
            sid=uuid4(),
            about=number,
            address=number,
            language="vi",
            at=clock.now(),
        )


def someone(engine: Engine, **contacts: str) -> tuple[UUID, int]:
    """A person with those contacts, known to be theirs for days."""
    with transaction(engine) as db:
        person, at = add_person(db), clock.now() - timedelta(days=9)
        for kind, value in contacts.items():
            add_contact(
                db,
                keyring=KEYRING,
                person_id=person.id,
                kind=ContactKind(kind),
                value=value,
                at=at,
                verified_at=at,
            )
        return person.id, person.subject_number


def tell(engine: Engine, number: int, event: str = "person.password_changed") -> None:
    with transaction(engine) as db:
        record(db, event=event, at=clock.now(), subject_number=number)


def states(engine: Engine) -> list[tuple[str | None, str]]:
    with transaction(engine) as db:
        columns = select(OutboxMessage.outcome, OutboxMessage.last_status)
        only = OutboxMessage.kind.startswith("sms.")
        return [(outcome, status) for outcome, status in db.execute(columns.where(only))]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", WORDS)
def test_a_text_is_one_message_of_plain_letters_without_a_link(words: str, language: str) -> None:
    """T19: 160 characters of GSM 03.38, no marks, no address, no dot between letters."""
    catalogue = Catalogue.load(LANGUAGES[language])
    at = WRITER.minute("2026-12-02T07:05:00+00:00")
    kinds = [called(catalogue, kind, "") for kind in KINDS]
    for kind, name in product(kinds, ("", "Máy mẹ", LONG)):
        if words in texts.CODES.values():
            said = catalogue.gettext(words, code="482913")
        else:
            values = {"service": SERVICE, "stop": "48291304", "at": at, "until": at}
            said = fit(catalogue, words, kind=kind, name=name, **values)
        assert len(said) <= 160
        assert set(said) <= GSM
        assert said.isascii()
        assert not re.search(r"\w\.\w|://|www|@", said)
        assert said.startswith({"vi": "Mot Cua ID: "}.get(language, "OneDoor: "))
        if "%(name)s" in words and name == "Máy mẹ":
            assert '"May me"' in said
        if "%(service)s" in words:
            assert "Dang ky" in said


def test_every_event_that_tells_by_text_has_words_and_every_words_an_event() -> None:
    by_text = {NOTICE_TEXT, RECOVERY_TEXT}
    told = {name for name, event in EVENTS.items() if by_text & {*event.notifies}}
    assert told == {*NOTICES}
    assert {event for event, _ in OF_KIND} | texts.WITHOUT_MAIL <= told


def test_a_code_arrives_signed_and_nothing_of_it_is_readable(
    engine: Engine, gateway: Gateway
) -> None:
    ask(engine)
    with transaction(engine) as db:
        before = db.scalar(select(OutboxMessage))
        assert before
        assert NUMBER[3:].encode() not in (before.private_encrypted or b"")
    assert send(engine, gateway.settings) == 1
    [(to, said)] = gateway.sent.values()
    assert to == NUMBER
    assert re.fullmatch(r"Mot Cua ID: \d{6} la ma .*", said)
    assert states(engine) == [("delivered", "accepted")]
    with transaction(engine) as db:
        assert db.scalar(select(OutboxMessage.private_encrypted)) is None


def test_a_request_under_another_key_is_not_taken(engine: Engine, gateway: Gateway) -> None:
    ask(engine)
    send(engine, gateway.settings.model_copy(update={"key": SecretStr("another")}))
    assert (gateway.forged, gateway.sent) == (1, {})
    assert states(engine) == [(None, "answered 401")]


@pytest.mark.parametrize(
    ("statuses", "asked", "outcome"),
    [([202], 1, "delivered"), ([500, 200], 2, "delivered"), ([503, 500, 200], 3, "delivered")],
)
def test_answered_by_faults_first_it_is_one_message_by_its_key(
    engine: Engine, gateway: Gateway, statuses: list[int], asked: int, outcome: str
) -> None:
    """T17: the gateway had sent it each time before it answered 500."""
    gateway.statuses = statuses
    ask(engine)
    for later in range(3):
        with clock.shifted(timedelta(seconds=9 * later)):
            send(engine, gateway.settings)
    assert len(gateway.keys) == asked
    assert len({*gateway.keys}) == len(gateway.sent) == 1
    assert states(engine)[0][0] == outcome


def test_one_that_is_refused_is_not_sent_again(engine: Engine, gateway: Gateway) -> None:
    gateway.statuses = [400]
    ask(engine)
    send(engine, gateway.settings)
    with clock.shifted(timedelta(minutes=1)):
        send(engine, gateway.settings)
    assert (len(gateway.keys), states(engine)) == (1, [("failed", "answered 400")])


def test_while_it_is_down_a_notice_waits_and_a_code_expires(
    engine: Engine, gateway: Gateway
) -> None:
    """Nothing is lost but what is worth nothing any more."""
    _, number = someone(engine, phone=NUMBER)
    down = SmsSettings(url="http://127.0.0.1:1/messages", key=SecretStr(KEY))
    tell(engine, number)
    ask(engine, number=OTHER)
    send(engine, down)
    assert states(engine) == [(None, "no answer")] * 2
    with clock.shifted(timedelta(minutes=11)):
        send(engine, gateway.settings)
    assert [to for to, _ in gateway.sent.values()] == [NUMBER]
    assert sorted(str(outcome) for outcome, _ in states(engine)) == ["delivered", "failed"]


def test_one_that_is_silent_is_waited_for_no_longer_than_is_set(
    engine: Engine, gateway: Gateway
) -> None:
    """T17: it has sent the message, and says so to nobody; asked again it is the same one."""
    gateway.silent = 3.0
    ask(engine)
    begun = time.monotonic()
    send(engine, gateway.settings, seconds=0.5)
    assert time.monotonic() - begun < 2.5
    assert states(engine) == [(None, "no answer")]
    gateway.silent = 0.0
    with clock.shifted(timedelta(seconds=5)):
        send(engine, gateway.settings)
    assert (len(gateway.keys), len(gateway.sent)) == (2, 1)


@pytest.mark.parametrize(("kind", "arrives"), [("code", 0), ("notice", 1)])
def test_of_a_sender_that_died_a_notice_is_sent_again_and_no_code(
    engine: Engine, gateway: Gateway, kind: str, arrives: int
) -> None:
    """T15: nobody knows how far it got."""
    if kind == "code":
        ask(engine)
    else:
        tell(engine, someone(engine, phone=NUMBER)[1])
    with transaction(engine) as db:
        claim_message(db, kinds=("sms.code", NOTICE_TEXT))
    assert send(engine, gateway.settings) == 0, "somebody else has it"
    with clock.shifted(CLAIMED_FOR + timedelta(seconds=1)):
        send(engine, gateway.settings)
    assert len(gateway.sent) == arrives


@pytest.mark.parametrize("point", killed_sender.POINTS)
def test_of_a_killed_sender_nothing_is_lost_and_no_code_is_sent_twice(
    engine: Engine, gateway: Gateway, mailbox: Mailbox, point: str
) -> None:
    """T15: kill -9; notices once or twice under one name, codes once at most, by both ways."""
    _, number = someone(engine, email="hoa@example.vn", phone=NUMBER)
    tell(engine, number)
    with transaction(engine) as db:
        for purpose, address in ((Purpose.PHONE, OTHER), (Purpose.EMAIL, "new@example.vn")):
            mail_code(
                db,
                keyring=KEYRING,
                purpose=purpose,
                person_id=add_person(db).id,
                sid=uuid4(),
                about=address,
                address=address,
                language="vi",
                at=clock.now(),
            )
    url = engine.url.render_as_string(hide_password=False)
    ports = (str(mailbox.port), str(gateway.port))
    command = [sys.executable, "-m", killed_sender.__name__, url, *ports, point]
    for _ in range(4):  # each dies of the first message it has
        if subprocess.run(command, check=False, timeout=60).returncode == 0:
            break
    hosts = OutboundHosts(8, at_host=2, rests=False)
    http = GuardedClient(allows_loopback=True, hosts=hosts)
    every = (
        *mail_kinds(mailbox.settings, WRITER),
        *kinds_by_text(gateway.settings, http=http),
    )
    with clock.shifted(CLAIMED_FOR + timedelta(seconds=1)):
        send_due(engine, Event(), kinds=every)
    by_text = [to for to, _ in gateway.sent.values()]
    assert by_text.count(NUMBER) == 1, "the gateway takes one key once"
    assert by_text.count(OTHER) <= 1
    letters = [(str(letter["To"]), str(letter["Message-ID"])) for letter in mailbox.letters]
    notices = [one for one in letters if one[0] == "hoa@example.vn"]
    assert 1 <= len(notices) <= 2
    assert len({*notices}) == 1
    assert len(letters) - len(notices) <= 1
    with transaction(engine) as db:
        assert db.scalar(select(OutboxMessage).where(OutboxMessage.outcome.is_(None))) is None


def test_news_go_to_each_contact_once(engine: Engine, gateway: Gateway, mailbox: Mailbox) -> None:
    """T18: everywhere, or where there is no mail; rolled back, nowhere."""
    _, both = someone(engine, email="hoa@example.vn", phone=NUMBER)
    _, only = someone(engine, phone=OTHER)
    for number in (both, only):
        tell(engine, number)
        tell(engine, number, "recovery_code.used")
    with suppress(ZeroDivisionError), transaction(engine) as db:
        record(db, event="factor.removed", at=clock.now(), subject_number=both)
        raise ZeroDivisionError
    send(engine, gateway.settings)
    send_due(engine, Event(), kinds=mail_kinds(mailbox.settings, WRITER))
    assert sorted(to for to, _ in gateway.sent.values()) == [NUMBER, OTHER, OTHER]
    assert len(mailbox.letters) == 2


def test_a_number_replaced_a_while_ago_hears_of_it_and_what_follows(
    engine: Engine, gateway: Gateway
) -> None:
    """T13."""
    person_id, number = someone(engine, phone=NUMBER)
    given: dict[str, Any] = {"keyring": KEYRING, "person_id": person_id, "at": clock.now()}
    with transaction(engine) as db:
        replace_contact(db, kind=ContactKind.PHONE, value=OTHER, **given)
        data = {"kind": "phone"}
        record(db, event="contact.changed", at=clock.now(), subject_number=number, data=data)
        set_password(db, password_hash="x", kept=(), **given)
    send(engine, gateway.settings)
    assert sorted(to for to, _ in gateway.sent.values()) == [NUMBER, NUMBER, OTHER, OTHER]
    with clock.shifted(UNDONE_WITHIN + timedelta(minutes=1)):
        tell(engine, number)
        send(engine, gateway.settings)
    assert [to for to, _ in gateway.sent.values()].count(NUMBER) == 2


def test_no_number_stands_readable_in_the_database(engine: Engine, gateway: Gateway) -> None:
    """T21: in no column of any table a code to a number and a contact leave a row in."""
    someone(engine, phone=NUMBER)
    ask(engine)
    gateway.statuses = [500]
    send(engine, gateway.settings)
    with transaction(engine) as db:
        for table in (
            "person_contact",
            "person_code",
            "outbox_message",
            "rate_count",
            "journal_entry",
        ):
            rows = db.execute(text(f"SELECT t::text FROM {table} t")).scalars()
            hexed = NUMBER[3:].encode().hex()
            assert not [row for row in rows if NUMBER[3:] in row or hexed in row]


def test_without_a_gateway_nothing_waits_for_ever(engine: Engine) -> None:
    tell(engine, someone(engine, phone=NUMBER)[1])
    send(engine, SmsSettings())
    assert states(engine) == [("failed", "no gateway is set")]


def test_past_the_days_budget_news_go_by_mail_and_to_whoever_has_none(
    engine: Engine, gateway: Gateway, mailbox: Mailbox
) -> None:
    """Codes are refused when they are asked for: one that was promised is sent."""
    settings = gateway.settings.model_copy(update={"day_budget": 1})
    _, both = someone(engine, email="hoa@example.vn", phone=NUMBER)
    _, only = someone(engine, phone=OTHER)
    with clock.shifted(timedelta(days=3)):
        tell(engine, both)
        send(engine, settings)
        assert [to for to, _ in gateway.sent.values()] == [NUMBER], "there is room"
        tell(engine, both)
        tell(engine, only)
        send(engine, settings)
        assert [to for to, _ in gateway.sent.values()] == [NUMBER, OTHER]
        send_due(engine, Event(), kinds=mail_kinds(mailbox.settings, WRITER))
        assert len(mailbox.letters) == 2
        ask(engine, number="+84911111111")
        send(engine, settings)
        assert [to for to, _ in gateway.sent.values()] == [NUMBER, OTHER, "+84911111111"]


@pytest.mark.parametrize("event", ["factor.removed", "recovery_code.used"])
def test_an_address_that_somebody_has_just_added_silences_no_telephone(
    engine: Engine, gateway: Gateway, event: str
) -> None:
    """Whoever is in the account adds theirs, and spends the day's budget: its owner hears of it."""
    settings = gateway.settings.model_copy(update={"day_budget": 1})
    person_id, number = someone(engine, phone=NUMBER)
    tell(engine, number)
    send(engine, settings)
    before = len(gateway.sent)
    with transaction(engine) as db:
        at = clock.now()
        new = {"kind": ContactKind.EMAIL, "value": "thief@example.vn", "verified_at": at}
        add_contact(db, keyring=KEYRING, person_id=person_id, at=at, **new)
        record(db, event=event, at=clock.now(), subject_number=number, data={"kind": "totp"})
    send(engine, settings)
    assert [to for to, _ in gateway.sent.values()][before:] == [NUMBER]
    with clock.shifted(timedelta(days=1, seconds=1)), transaction(engine) as db:
        record(db, event="recovery_code.used", at=clock.now(), subject_number=number)
    with clock.shifted(timedelta(days=1, seconds=2)):
        send(engine, settings)
    assert len(gateway.sent) == before + 1, "the control: it is the owner's by then"


@pytest.mark.parametrize("changed", ["Idempotency-Key", "X-Timestamp", "body"])
def test_what_is_read_on_its_way_makes_no_second_message(
    engine: Engine, gateway: Gateway, changed: str
) -> None:
    """Under another key it would be one; the control, sent again as it is, is the same one."""
    ask(engine)
    send(engine, gateway.settings)
    [(headers, body)] = gateway.seen
    assert gateway.take(headers, body) == 202
    assert len(gateway.sent) == 1
    other = {"Idempotency-Key": str(uuid4()), "X-Timestamp": str(int(time.time()) + 9)}
    if changed == "body":
        body = body.replace(NUMBER.encode(), OTHER.encode())
    else:
        headers = headers | {changed: other[changed]}
    assert gateway.take(headers, body) == 401
    assert (gateway.forged, len(gateway.sent)) == (1, 1)
