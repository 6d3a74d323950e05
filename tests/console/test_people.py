"""The registrar's page: who stands at the desk is proven, or given their number back."""

import re
from collections.abc import Mapping
from uuid import UUID, uuid4

import pyotp
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from idp.accounts.changes import add_factor, give_factor
from idp.accounts.registration import Registered, register_oneself, register_person
from idp.factors.credentials import read_credentials
from idp.factors.kinds import PASSWORD, SMS, TOTP
from idp.factors.password import verify_password
from idp.factors.text_message import new_telephone
from idp.factors.totp import new_app, new_secret
from idp.interactions.models import Interaction
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.db import transaction
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.people.codes import Purpose, open_code
from idp.people.declaration import declare
from idp.people.identifiers import give_number
from idp.people.models import PASSWORD_HASH, Person, Sex
from idp.people.population import PopulationEntry, import_population
from idp.sessions.evidence import Evidence, shown_at
from idp.sessions.lookup import CurrentSession
from idp.sessions.start import start_session
from tests.console.test_requests import add_request, row_of
from tests.support.people import shown
from tests.support.staff import BASE, Office, staff_visitor
from tests.support.visitor import Page, Visitor

PATH = f"{BASE}/console/people"
CODE = "48271934"
HELD = {"held_name": "Trần Mai", "held_birthdate": "1991", "held_sex": "male"}
CARD = {"name": "NGUYỄN THỊ HOA", "birthdate": "17/05/1990"}
APP_CARD = {f"app_{name}": value for name, value in CARD.items()}
LOST_CARD = {f"lost_{name}": value for name, value in CARD.items()}
HOA_HELD = {"held_name": CARD["name"], "held_birthdate": CARD["birthdate"], "held_sex": "female"}
KNOWN = (
    *("001190000201", "001190000206", "001190000207", "001190000208"),
    *("001190000231", "001190000232", "001190000233", "001190000234", "001190000235"),
    "001190000291",
)
"""To the register, each as somebody called Hoa."""


@pytest.fixture(scope="module", autouse=True)
def _population(app: FastAPI) -> None:
    runtime = app.state.runtime
    entries = [
        PopulationEntry(number, "Nguyễn Thị Hoa", "1990-05-17", Sex.FEMALE, "01")
        for number in KNOWN
    ]
    with transaction(runtime.engine) as db:
        import_population(db, entries, keyring=runtime.keyring, at=clock.now())


ACTS = {
    "number": "prove",
    "app_number": "app",
    "sheet_number": "sheet",
    "lost_number": "lost",
    "held": "reclaim",
}
"""By the field that only its form has."""


def form_of(visitor: Visitor, *fields: str) -> Page:
    """The page with the form that has those fields."""
    act = next(ACTS[name] for name in fields if name in ACTS)
    return visitor.open(f"{PATH}?act={act}")


def hand_in(visitor: Visitor, typed: Mapping[str, str]) -> Page:
    """Open that form, fill it in and send it."""
    return visitor.submit(form_of(visitor, *typed), typed)


def make(
    app: FastAPI,
    number: str,
    *,
    proofing: int | None,
    ways: int = 1,
    evidence: Evidence | None = None,
) -> Person:
    """Someone who registered, or whom a registrar entered; signed in, showing the code."""
    runtime, at = app.state.runtime, clock.now()
    known = {
        "keyring": runtime.keyring,
        "declaration": declare(
            number=number, name="Nguyễn Thị Hoa", birthdate="1990-05-17", sex="female", at=at
        ),
        "password_hash": "hash",
        "at": at,
    }
    with transaction(runtime.engine) as db:
        made = (
            register_oneself(db, **known)
            if proofing is None
            else register_person(db, proofing=proofing, **known)
        )
        assert isinstance(made, Registered)
        started = start_session(
            db,
            keyring=runtime.keyring,
            settings=runtime.settings.sessions,
            person_id=made.person_id,
            credentials_epoch=0,
            evidence=evidence or shown(ways, at=at),
            at=at,
            source_address="",
            user_agent="",
        )
        open_code(
            db,
            CODE,
            keyring=runtime.keyring,
            purpose=Purpose.DESK,
            person_id=made.person_id,
            sid=started.sid,
            about=number,
            at=at,
        )
    return read(app, made.person_id)


def read(app: FastAPI, person_id: UUID) -> Person:
    with transaction(app.state.runtime.engine) as db:
        return db.get_one(Person, person_id)


def actor(app: FastAPI, event: str, person: Person) -> int:
    about = (JournalEntry.event == event, JournalEntry.subject_number == person.subject_number)
    with transaction(app.state.runtime.engine) as db:
        return int(db.scalars(select(JournalEntry.actor_number).where(*about)).one() or 0)


def operator_number(app: FastAPI) -> int:
    newest = (
        select(Person.subject_number)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(Mandate.role == StaffRole.OPERATOR)
        .order_by(Person.subject_number.desc())
    )
    with transaction(app.state.runtime.engine) as db:
        return int(db.scalars(newest).first() or 0)


def test_whoever_shows_the_code_is_proven(app: FastAPI, operator: Visitor) -> None:
    """G2: the account that the person is signed in to, by an official who is named."""
    person = make(app, "001190000201", proofing=None)
    typed = {"number": "001190000201", "code": "4827-1934", **CARD}
    page = hand_in(operator, typed)
    assert page.status == 200
    assert "Verified face to face" in page.text
    assert "Verified face to face" in operator.open(PATH).text, "it stands there when reloaded"
    refused = hand_in(operator, {**typed, "code": "1"})
    assert refused.is_refused
    assert "Verified face to face" not in refused.text, "said of the form before"
    assert read(app, person.id).proofing == 2
    assert actor(app, "person.proofed", person) == operator_number(app)


@pytest.mark.parametrize(("number", "has_app"), [("001190000231", False), ("001190000232", True)])
def test_an_official_is_told_of_whoever_has_no_second_step(
    app: FastAPI, operator: Visitor, number: str, has_app: bool
) -> None:
    """C1: as long as the person stands there, one is set up and confirmed at once."""
    person, runtime = make(app, number, proofing=None, ways=1 + has_app), app.state.runtime
    if has_app:
        new = new_app(runtime.keyring, person_id=person.id, secret=new_secret(), at=clock.now())
        with transaction(runtime.engine) as db:
            give_factor(db, new, at=clock.now())
    typed = {"number": number, "code": "4827-1934", **CARD}
    page = hand_in(operator, typed)
    assert "Verified face to face" in page.text
    assert ("They have no second step yet" in page.text) is not has_app


def test_an_official_is_told_of_whoever_has_codes_by_text_message_alone(
    app: FastAPI, operator: Visitor
) -> None:
    """Seen, they have a password alone: another way is given while they stand there."""
    person, runtime = (
        make(app, "001190000291", proofing=None, evidence=shown_at(clock.now(), PASSWORD, SMS)),
        app.state.runtime,
    )
    own = {"person_id": person.id, "number": "+84912345678", "name": "•••78"}
    new = new_telephone(runtime.keyring, **own, at=clock.now())
    with transaction(runtime.engine) as db:
        give_factor(db, new, at=clock.now())
    page = hand_in(operator, {"number": "001190000291", "code": "4827-1934", **CARD})
    assert "Verified face to face" in page.text
    assert "text message are asked for no more" in page.text


def test_a_number_is_given_back_with_a_password_shown_once(app: FastAPI, operator: Visitor) -> None:
    person = make(app, "001190000202", proofing=1)
    typed = {"held": "001190000202", "seen": "yes", **HELD}
    page = hand_in(operator, typed)
    for doubt in ("does not have this number", "another sex", "another year of birth"):
        assert doubt in page.text
    assert read(app, person.id).credentials_epoch == 0
    page = operator.submit(page, {**typed, "held_compared": "yes"})
    shown_once = re.search(r"<code tabindex=\"0\">([a-z0-9-]{23})</code>", page.text)
    assert shown_once, page.text
    after = read(app, person.id)
    assert (after.proofing, after.credentials_epoch) == (2, 1)
    assert (after.name, after.birthdate, after.sex) == ("Trần Mai", "1991", Sex.MALE)
    passwords, keyring = app.state.runtime.settings.passwords, app.state.runtime.keyring
    password = PASSWORD_HASH.open(keyring, after.password_encrypted or b"", id=person.id)
    assert verify_password(passwords, shown_once[1], password).is_right
    assert shown_once[1] not in operator.open(PATH).text
    assert actor(app, "person.reclaimed", person) == operator_number(app)


def test_what_somebody_else_asked_there_is_nobodys_to_read_or_to_answer(
    app: FastAPI, operator: Visitor
) -> None:
    """Whoever had the account wrote about themselves: its owner read it, and got the answer."""
    person = make(app, "001190000261", proofing=1)
    request_id, _ = add_request(app, "Tôi bị bệnh.", person_id=person.id)
    other_id, _ = add_request(app, "Tôi đổi tên.")
    typed = {"held": "001190000261", "seen": "yes", **HELD}
    operator.submit(hand_in(operator, typed), {**typed, "held_compared": "yes"})
    assert actor(app, "person.reclaimed", person) == operator_number(app)
    after, other = row_of(app, request_id), row_of(app, other_id)
    assert (after.text_encrypted, after.answered_number) == (None, None)
    assert after.done_at == after.answered_at is not None
    page = operator.open(f"{BASE}/console/requests/{request_id}")
    assert "bệnh" not in page.text
    assert not [form for form in page.forms if form.action.endswith("/answer")]
    assert other.text_encrypted is not None, "the control"
    assert other.done_at is None


def with_app(app: FastAPI, number: str) -> tuple[Person, str]:
    """Somebody proven who set up an app alone, and what its codes are made from."""
    person, runtime, at = make(app, number, proofing=1), app.state.runtime, clock.now()
    session = CurrentSession(
        uuid4(), person.id, person.subject_number, "Hoa", 1, "vi", 0, shown(1, at=at), at
    )
    secret = new_secret()
    new = new_app(runtime.keyring, person_id=person.id, secret=secret, at=at)
    with transaction(runtime.engine) as db:
        assert add_factor(db, new, session=session, settings=runtime.settings.assurance, at=at)
    return person, secret


def confirmed(app: FastAPI, person: Person) -> bool:
    with transaction(app.state.runtime.engine) as db:
        return TOTP in read_credentials(db, person_id=person.id).confirmed(at=clock.now())


def test_an_app_is_confirmed_by_the_digits_it_shows(app: FastAPI, operator: Visitor) -> None:
    """G1: the desk's page could not; the command could. The official is named, sessions end."""
    person, secret = with_app(app, "001190000206")
    typed = {"app_number": "001190000206", "app_seen": "yes", **APP_CARD}
    page = hand_in(operator, {**typed, "app_code": "000000"})
    assert page.is_refused
    assert "shows another code" in page.text
    assert not confirmed(app, person)
    code = pyotp.TOTP(secret).at(clock.now())
    page = hand_in(operator, {**typed, "app_code": code})
    assert (page.status, "The second step is confirmed" in page.text) == (200, True)
    assert confirmed(app, person)
    assert actor(app, "factor.confirmed", person) == operator_number(app)
    again = hand_in(operator, {**typed, "app_code": code})
    assert "shows another code" in again.text, "a code works once, here too"
    guess = hand_in(operator, {**typed, "app_code": "0000-0000"})
    assert "Nobody who signed in with a second step shows this code" in guess.text


def test_a_card_of_another_than_the_number_is_refused_beside_its_fields(
    app: FastAPI, operator: Visitor
) -> None:
    """G2: proving, confirming and giving back compared the card with the account alone."""
    person, secret = with_app(app, "001190000207")
    with transaction(app.state.runtime.engine) as db:
        db.get_one(Person, person.id).name = "Trần Mai"
    code = pyotp.TOTP(secret).at(clock.now())
    seen = {"app_number": "001190000207", "app_code": code, "app_seen": "yes"}
    for typed in (
        {"number": "001190000207", "code": CODE, **CARD, "name": "Trần Mai"},
        {**seen, **APP_CARD, "app_name": "Trần Mai"},
        {"held": "001190000207", "seen": "yes", **HOA_HELD, "held_name": "Trần Mai"},
    ):
        page = hand_in(operator, typed)
        assert page.is_refused
        assert "does not match this number" in page.text
        assert "Compare the name with the card again" in page.text
        assert "Compare the date" not in page.text
        assert "Hoa" not in page.text.replace("Trần Mai", "")
    assert read(app, person.id).credentials_epoch == 0
    assert not confirmed(app, person)


def test_no_app_is_confirmed_to_whose_card_says_another_than_the_account(
    app: FastAPI, operator: Visitor
) -> None:
    """G2: it asked for the number and the digits alone."""
    person, secret = with_app(app, "001190000208")
    code = pyotp.TOTP(secret).at(clock.now())
    seen = {"app_number": "001190000208", "app_code": code, "app_seen": "yes", **APP_CARD}
    assert "full name" in hand_in(operator, {**seen, "app_name": ""}).text
    page = hand_in(operator, {**seen, "app_name": "Trần Mai"})
    assert (page.is_refused, "another name, date of birth or sex" in page.text) == (True, True)
    assert not confirmed(app, person)


def test_a_doubt_is_told_and_the_official_compares_again(app: FastAPI, operator: Visitor) -> None:
    """G2: nothing passes in silence; what was ticked for one card is not ticked for the next."""
    person = make(app, "001190000209", proofing=None)
    typed = {"number": "001190000209", "code": CODE, **CARD}
    page = hand_in(operator, typed)
    assert page.is_refused
    assert "does not have this number" in page.text
    assert 'name="compared"' in page.text
    assert read(app, person.id).proofing == 0
    done = operator.submit(page, {**typed, "compared": "yes"})
    assert "Verified face to face" in done.text, "one code does for both looks"
    assert read(app, person.id).proofing == 2
    again = hand_in(operator, typed)
    assert "Nobody shows this code" in again.text
    assert 'name="compared"' not in again.text


@pytest.fixture(scope="module")
def two_people(app: FastAPI) -> None:
    """One with proofing 0, one with 2."""
    make(app, "001190000203", proofing=0)
    make(app, "001190000204", proofing=2)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"number": "123", "code": CODE, **CARD}, "12 digits"),
        ({"number": "001190000203", "code": "00000000", **CARD}, "Nobody shows this code"),
        ({"number": "001190000203", "code": CODE}, "full name"),
        ({"number": "001190000203", "code": CODE, **CARD, "birthdate": "1"}, "dd/mm/yyyy"),
        ({"number": "001190000203", "code": CODE, **CARD, "name": "Trần Mai"}, "another name"),
        ({"held": "001190000299", "seen": "yes", **HELD}, "No account holds this number"),
        ({"held": "001190000204", "seen": "yes", **HELD}, "verified face to face"),
        ({"held": "001190000203", "seen": "", **HELD}, "Compare card and face"),
        ({"app_number": "123", "app_seen": "yes", "app_code": "123456"}, "12 digits"),
        ({"app_number": "001190000203", "app_seen": "", "app_code": "1"}, "Compare card and face"),
        (
            {"app_number": "001190000299", "app_seen": "yes", **APP_CARD},
            "No account holds this number",
        ),
        ({"held": "001190000203", "seen": "yes"}, "Choose the sex"),
        ({"held": "001190000203", "seen": "yes", **HELD, "held_name": ""}, "full name"),
    ],
)
def test_a_refusal_says_why_beside_its_field(
    operator: Visitor, two_people: None, fields: dict[str, str], says: str
) -> None:
    form = form_of(operator, *fields).form(*fields).fields
    sent = {**form, **fields}
    for box in ("seen", "app_seen"):
        if not fields.get(box, "yes"):
            del sent[box]
    act = "prove" if "code" in fields else "confirm-app" if "app_number" in fields else "reclaim"
    url = f"{PATH}/{act}"
    answer = operator.post(url, sent)
    assert answer.is_refused
    assert says in answer.text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("prove", ("number", "name", "birthdate", "code")),
        ("confirm-app", ("app_number", "app_name", "app_birthdate", "app_seen")),
        ("reclaim", ("held", "held_name", "held_birthdate", "held_sex", "seen")),
        ("lost", ("lost_number", "lost_name", "lost_birthdate", "lost_seen", "lost_what")),
        ("sheet", ("sheet_number", "sheet_name", "sheet_birthdate", "sheet_seen")),
    ],
)
def test_all_that_a_form_lacks_is_said_at_once(
    operator: Visitor, act: str, fields: tuple[str, ...]
) -> None:
    """An official corrects it once, not a field at a time; each sentence leads to its field."""
    form = form_of(operator, fields[0]).form(fields[0]).fields
    token = {"csrf_token": form["csrf_token"]}
    answer = operator.post(f"{PATH}/{act}", {**token, **dict.fromkeys(fields[:3], "")})
    assert answer.is_refused
    assert [name for name in fields if f'href="#{name}"' not in answer.text] == []


@pytest.mark.parametrize(("typed", "other"), [("number", "held"), ("held", "number")])
def test_a_number_typed_in_one_form_is_not_in_the_other(
    operator: Visitor, typed: str, other: str
) -> None:
    """G2: a failed proof filled in the form that takes everything away."""
    answer = hand_in(operator, {typed: "001190000298"})
    assert answer.is_refused
    assert answer.form(typed).fields[typed] == "001190000298"
    page = form_of(operator, other)
    assert page.form(other).fields[other] == ""
    assert "error-summary" not in page.text
    assert form_of(operator, typed).form(typed).fields[typed] == "001190000298"


def test_nobody_verifies_themselves(app: FastAPI, operator: Visitor) -> None:
    """G2: actor and subject are two."""
    with transaction(app.state.runtime.engine) as db:
        own = db.scalars(select(Person).where(Person.subject_number == operator_number(app))).one()
        give_number(
            db,
            keyring=app.state.runtime.keyring,
            person_id=own.id,
            number="001190000205",
            at=clock.now(),
        )
    for fields in (
        {"number": "001190000205", "code": CODE, **CARD},
        {"held": "001190000205", "seen": "yes", **HELD},
        {"app_number": "001190000205", "app_seen": "yes", "app_code": "123456"},
        {"lost_number": "001190000205", "lost_seen": "yes", "lost_what": "phone", **LOST_CARD},
        {"sheet_number": "001190000205", "sheet_seen": "yes", "sheet_name": CARD["name"]},
        {"sheet_number": " 001 190 000 205 ", "sheet_seen": "yes"},
    ):
        assert "your own number" in hand_in(operator, fields).text
    assert read(app, own.id).credentials_epoch == own.credentials_epoch


@pytest.mark.parametrize(
    ("number", "what", "keeps_app"),
    [("001190000233", "password", True), ("001190000234", "phone", False)],
)
def test_whoever_lost_something_gets_a_new_password(
    app: FastAPI, operator: Visitor, number: str, what: str, keeps_app: bool
) -> None:
    """The help says so of desks: the account stays theirs, what was verified, too."""
    person, runtime = make(app, number, proofing=2), app.state.runtime
    with transaction(runtime.engine) as db:
        secret = new_secret()
        new = new_app(runtime.keyring, person_id=person.id, secret=secret, at=clock.now())
        give_factor(db, new, at=clock.now())
    epoch = read(app, person.id).credentials_epoch
    typed = {"lost_number": number, "lost_what": what, "lost_seen": "yes", **LOST_CARD}
    other = hand_in(operator, {**typed, "lost_name": "Trần Mai"})
    assert "says another name" in other.text
    assert read(app, person.id).credentials_epoch == epoch
    page = operator.submit(other, typed)
    shown_once = re.search(r"<code tabindex=\"0\">([a-z0-9-]{23})</code>", page.text)
    assert shown_once, page.text
    assert ("set up later, it does not count" in page.text) is not keeps_app
    after = read(app, person.id)
    assert (after.proofing, after.name) == (2, "Nguyễn Thị Hoa")
    assert after.credentials_epoch > epoch
    passwords = runtime.settings.passwords
    kept = PASSWORD_HASH.open(runtime.keyring, after.password_encrypted or b"", id=person.id)
    assert verify_password(passwords, shown_once[1], kept).is_right
    assert confirmed(app, person) is keeps_app
    assert shown_once[1] not in operator.open(PATH).text
    assert actor(app, "person.password_changed", person) == operator_number(app)


@pytest.mark.parametrize(
    ("left_out", "says"),
    [
        ("lost_what", "Choose what is lost"),
        ("lost_seen", "Compare card and face"),
        ("lost_number", "has 12 digits"),
    ],
)
def test_nothing_is_given_for_a_form_that_lacks_something(
    app: FastAPI, operator: Visitor, left_out: str, says: str
) -> None:
    number = "001190000235"
    typed = {"lost_number": number, "lost_what": "phone", "lost_seen": "yes", **LOST_CARD}
    if left_out == "lost_what":
        nobodys = hand_in(operator, typed)
        assert "No account holds this number" in nobodys.text
        make(app, number, proofing=2)
    typed.pop(left_out)
    answer = operator.post(
        f"{PATH}/lost",
        {
            "csrf_token": form_of(operator, "lost_number").form("lost_number").fields["csrf_token"],
            **typed,
        },
    )
    assert answer.is_refused
    assert says in answer.text
    assert answer.form("lost_name").fields["lost_name"] == CARD["name"]


def test_for_an_agencys_staff_there_is_no_such_page(app: FastAPI, ministry: Office) -> None:
    owner = staff_visitor(app, StaffRole.AGENCY_OWNER, ministry)
    assert owner.open(PATH).status == 404
    token = owner.open(f"{BASE}/portal/new").form("csrf_token").fields["csrf_token"]
    for act in ("prove", "confirm-app", "lost", "reclaim"):
        fields = {"csrf_token": token, "held": "001190000202", "seen": "yes"}
        assert owner.post(f"{PATH}/{act}", fields).status == 404


def test_whoever_opens_the_page_signed_out_comes_to_it(app: FastAPI) -> None:
    """An official's bookmark leads to the desk's page, not to the applications."""
    paths = ("/console/people", "/console")
    browser = TestClient(app, base_url=BASE, follow_redirects=False)
    leads = [browser.get(path).headers["location"].split("/")[2] for path in paths]
    with transaction(app.state.runtime.engine) as db:
        assert [db.get_one(Interaction, UUID(each)).return_path for each in leads] == [*paths]
