"""A world in which every list is long, and what stands in it as long as the country's own words."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import idp
from idp.accounts.models import DisownedEvent
from idp.consents.changes import grant_consent
from idp.factors.kinds import PASSWORD, TOTP
from idp.figures.day_sets import DaysRead, set_days_read
from idp.figures.rolling import WINDOWS
from idp.figures.rolling_days import save_rolling
from idp.figures.slice_rows import SliceKey
from idp.figures.slices import list_provinces
from idp.journal.models import JournalEntry
from idp.journal.record import record
from idp.journal.snapshots import take_snapshot
from idp.kit import clock
from idp.mandates.changes import start_mandate
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.people.models import LetterBatch, Person
from idp.personal_data.models import ANSWER, EXTENDED_BECAUSE
from idp.personal_data.requests import MOST_TEXT
from idp.recovery import models as recovery_models
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.scopes import released_claims
from idp.sessions.evidence import shown_at
from idp.sessions.start import start_session
from idp.testers.invitations import invite_tester
from tests.architecture.route_states import State
from tests.support.data_requests import add_data_request
from tests.support.people import add_agency, add_person, add_relying_party, equip_staff
from tests.support.states import World

MANY = 30
LOCALE = Path(idp.__file__).parent / "locale"
_SERVICE = "Cấp đổi giấy chứng nhận đăng ký xe, biển số xe"
_AGENCY = "Ủy ban nhân dân thành phố Đà Nẵng"
_PURPOSE = "giải quyết hồ sơ cấp đổi giấy chứng nhận đăng ký xe"
_BROWSER = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Mobile Safari/537.36"
)
_PROSE = re.findall(r'msgstr "([^"%\\\\]{60,})"', (LOCALE / "vi" / "account.po").read_text("utf-8"))
"""Sentences as people write them, of which none is another's twin: they hardly compress."""
_SHOWN = ("Full name, date of birth, sex", "E-mail address", "Telephone number")


def lengthen(world: World) -> None:
    """Write so many rows of each kind of list that pages show."""
    with world.transaction() as db:
        agencies = [add_agency(db, code=f"K{number:02}") for number in range(MANY)]
        for each in agencies:
            each.name_vi = each.name_en = _AGENCY
        ids = [each.id for each in agencies]
    world.publish(months=18, agencies=ids)
    with world.transaction() as db:
        roll(db, agencies=ids)
    with world.transaction() as db:
        reader = db.get_one(Person, world.people[State.TWO_FACTORS])
        office = db.get_one(RelyingParty, UUID(world.names["application"]))
        agency = add_agency(db, code="H48")
        agency.name_vi = agency.name_en = _AGENCY
        for number in range(MANY):
            party = add_relying_party(db, client_id=f"party-{number}", agency=agency)
            party.client_name = party.client_name_en = f"{_SERVICE} ({number})"
            _agree(db, reader.id, party.id)
            for event in ("signin.succeeded", "consent.granted"):
                record(
                    db,
                    event=event,
                    subject_number=reader.subject_number,
                    relying_party_id=party.id,
                    data={"device": "Chrome Mobile, Android"},
                    counted=False,
                )
            _set_up(office, party, number)
            _report(db, reader)
            _sign_in(db, world, reader)
            _appoint(db, world, agency.id)
            _ask(db, world, reader)
            _wait(db)
            at = clock.now() - timedelta(hours=number)
            db.add(LetterBatch(made_at=at, made_by=None, letters=200, ends_at=at))
            _invite(db, world, office.id, number)


def roll(db: Session, *, agencies: Sequence[UUID], value: int = 1_234_567) -> None:
    """The last days of every province and of these agencies, to yesterday: all of that count."""
    last = clock.today("Asia/Ho_Chi_Minh") - timedelta(days=1)
    named = [("country", ""), *(("place", code) for code, _, _ in list_provinces(db))]
    named += [("agency", str(agency)) for agency in agencies]
    figures = [(figure, "at_day") for figure in ("REG", "UNI_REACH")]
    figures += [(f, w) for w in WINDOWS for f in ("ACT", "PART", "UNI_USED", "UNI_STRICT")]
    rows = {SliceKey(of, code, "person", *each): value for of, code in named for each in figures}
    rows |= {SliceKey(of, code, "person", "POP", "at_day"): 4 * value for of, code in named}
    for day in (last - timedelta(days=1), last):
        save_rolling(db.connection(), day, rows)
    set_days_read(db.connection(), DaysRead(last, take_snapshot(db.connection())))


def _agree(db: Session, person_id: UUID, party_id: UUID) -> None:
    scopes = ("openid", "profile", "email", "phone")
    grant_consent(
        db,
        person_id=person_id,
        relying_party_id=party_id,
        scopes=scopes,
        claims=released_claims(scopes),
        evidence={
            "language": "vi",
            "service": _SERVICE,
            "receiver": _AGENCY,
            "purpose": _PURPOSE,
            "shown": _SHOWN,
        },
    )


def _set_up(office: RelyingParty, party: RelyingParty, number: int) -> None:
    """Some are of the agency whose staff look, some wait for the operator."""
    if number % 3 == 0:
        party.system_id = office.system_id
        party.environment = Environment.SANDBOX
    elif number % 3 == 1:
        party.state, party.submitted_at = RelyingPartyState.SUBMITTED, clock.now()


def _report(db: Session, person: Person) -> None:
    own = JournalEntry.subject_number == person.subject_number
    said = select(func.max(JournalEntry.id)).where(own, JournalEntry.event == "signin.succeeded")
    entry_id = db.scalars(said).one()
    db.add(DisownedEvent(entry_id=entry_id, person_id=person.id, reported_at=clock.now()))


def _sign_in(db: Session, world: World, person: Person) -> None:
    """In a browser of its own."""
    start_session(
        db,
        keyring=world.app.state.runtime.keyring,
        settings=world.app.state.runtime.settings.sessions,
        person_id=person.id,
        credentials_epoch=person.credentials_epoch,
        evidence=shown_at(clock.now(), PASSWORD, TOTP),
        at=clock.now(),
        source_address="2001:db8:1234:5678:90ab:cdef:1234:5678",
        user_agent=_BROWSER,
    )


def _appoint(db: Session, world: World, agency_id: UUID) -> None:
    """A post that waits."""
    person = add_person(db, name="Nguyễn Thị Phương Thảo")
    equip_staff(db, person, keyring=world.app.state.runtime.keyring)
    post = Mandate(
        person_id=person.id,
        role=StaffRole.AGENCY_OWNER,
        agency_id=agency_id,
        valid_on=clock.now().date() - timedelta(days=1),
        created_at=clock.now(),
    )
    start_mandate(db, post)


def _ask(db: Session, world: World, person: Person) -> None:
    """Something about their data, that is answered and under way, and takes longer."""
    keyring = world.app.state.runtime.keyring
    asked = add_data_request(db, keyring=keyring, person_id=person.id, text=_prose(0))
    of_row = {"id": asked.id, "person_id": person.id}
    asked.is_accepted, asked.due_on = True, clock.day_of(clock.now())
    asked.answer_encrypted = ANSWER.seal(keyring, _prose(1), **of_row)
    asked.answered_at, asked.answered_number = clock.now(), person.subject_number
    asked.extended_because_encrypted = EXTENDED_BECAUSE.seal(keyring, _prose(2), **of_row)
    asked.extended_at, asked.extended_number = clock.now(), person.subject_number
    world.names["long_request"] = str(asked.id)


def _prose(number: int) -> str:
    """As much as one may write; others write otherwise."""
    return " ".join(_PROSE[number::3])[:MOST_TEXT]


def _wait(db: Session) -> None:
    """For an account, by its address alone."""
    person, at = add_person(db, name="Nguyễn Thị Phương Thảo"), clock.now()
    db.add(
        recovery_models.Recovery(
            browser_hash=person.id.bytes,
            person_id=person.id,
            about_hash=b"",
            state=recovery_models.State.WAITING,
            is_slow=True,
            code_hash=b"",
            code_tries=0,
            code_until=at,
            begun_at=at,
            proved_at=at,
            noticed_at=at,
            ready_at=at + timedelta(days=3),
        )
    )


def _invite(db: Session, world: World, party_id: UUID, number: int) -> None:
    keyring = world.app.state.runtime.keyring
    sought, at = f"0011900{number:05d}", clock.now()
    assert invite_tester(db, keyring=keyring, relying_party_id=party_id, number=sought, at=at)
