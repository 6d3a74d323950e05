"""What the sign-in pages refuse, each beside the same thing done right."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.accounts.changes import set_status
from idp.factors import password as passwords
from idp.factors.credentials import read_credentials
from idp.factors.password import hash_password
from idp.journal.models import JournalEntry
from idp.kit import clock
from idp.kit.turns import Turns
from idp.people.models import PASSWORD_HASH, Person, PersonStatus
from idp.sessions.models import SignInSession
from idp.settings.people import PasswordSettings
from tests.signin.conftest import PASSWORD, World
from tests.support.statements import statements

WRONG = "mật khẩu sai bét nhè"


def same_page(text: str) -> str:
    """But for what is random in every answer: ids, tokens, a script's nonce, a challenge."""
    tokens = r'(?<=csrf_token" value=")[\w-]+|(?<=nonce=")[\w-]+|(?<=challenge&#34;:&#34;)[\w-]+'
    return re.sub(rf"[0-9a-f-]{{36}}|{tokens}", "*", text)


def test_unknown_known_and_suspended_accounts_look_the_same(world: World) -> None:
    known, suspended = world.add_account(), world.add_account()
    with world.transaction() as db:
        set_status(
            db,
            person_id=suspended.registered.person_id,
            status=PersonStatus.SUSPENDED,
            at=clock.now(),
        )
    seen, counts = set(), set()
    for number, password in (
        (known.number, WRONG),
        (suspended.number, PASSWORD),
        (world.new_number(), WRONG),
    ):
        browser = world.browser()
        interaction = browser.open()
        browser.post(f"/signin/{interaction}/identifier", identifier=number)
        path = f"/signin/{interaction}/password"
        shown = browser.get(path).text
        with statements(world.app.state.runtime.engine) as done:
            answer = browser.post(path, password=password)
        counts.add(len(done))
        headers = {
            k: v
            for k, v in answer.headers.items()
            if k not in ("date", "set-cookie", "x-request-id")
        }
        left = len(answer.headers["set-cookie"])
        shown += browser.get(path).text
        assert "is not right" in shown
        masked = f"••••••••{number[-4:]}"
        assert shown.count(masked) == 2
        page = same_page(shown.replace(masked, "").replace(number, "") + str(headers))
        seen.add((answer.status_code, left, page))
        assert browser.session() is None
    assert len(seen) == 1
    assert len(counts) == 1
    browser = world.browser()
    assert browser.sign_in(browser.open(), known).status_code == 303


def test_password_page_keeps_its_budget_of_statements(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    for is_again in (False, True):
        interaction = browser.open(authenticate_after=clock.now())
        if not is_again:
            browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
        else:
            browser.get(f"/signin/{interaction}/identifier")
        page = browser.get(f"/signin/{interaction}/password").text
        token = re.search(r'name="csrf_token" value="([\w-]+)"', page)
        assert token
        with statements(world.app.state.runtime.engine) as done:
            answer = browser.client.post(
                f"/signin/{interaction}/password",
                data={"csrf_token": token.group(1), "password": PASSWORD},
            )
        assert answer.headers["location"] == f"/authorize/resume/{interaction}"
        assert len(done) <= 7, "\n".join(done)


@pytest.mark.asvs("6.3.1")
def test_waiting_refuses_even_the_right_password_and_says_how_long(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    path = f"/signin/{interaction}/password"
    for _ in range(3):
        assert "password is not right" in browser.refused(path, password=WRONG)
    assert "wait 1 second, then" in browser.refused(path, password=PASSWORD)
    other = world.browser("a-strangers-browser-0123456789")
    elsewhere = other.open()
    other.post(f"/signin/{elsewhere}/identifier", identifier=account.number)
    text = other.refused(f"/signin/{elsewhere}/password", password=PASSWORD)
    assert "wait 1 second, then" in text
    with clock.shifted(timedelta(seconds=2)):
        answer = browser.post(path, password=PASSWORD)
        assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    assert world.events(interaction) == [
        *["signin.attempt_failed"] * 3,
        "signin.throttled",
        "session.started",
    ]


def test_who_knows_the_password_cannot_guess_codes_without_end(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    told = ""
    for n in range(5):
        with clock.shifted(timedelta(seconds=n)):
            browser.post(f"/signin/{interaction}/identifier?other=1", identifier=account.number)
            browser.post(f"/signin/{interaction}/password", password=PASSWORD)
            page = f"/signin/{interaction}/password"
            path = f"/signin/{interaction}/otp"
            browser.post(path, shown_at=page, otp="000000")
            told += browser.get(path).text
    assert "Too many wrong attempts" in told


def test_link_of_another_browser_shows_the_same_page_as_none_at_all(world: World) -> None:
    browser = world.browser()
    interaction = browser.open()
    stranger = world.browser("a-strangers-browser-0123456789")
    pages = ("identifier", "password", "otp", "enrol", "register", "consent", "representing")
    for page in pages:
        answer = stranger.get(f"/signin/{interaction}/{page}")
        assert answer.status_code == 400
        nothing = stranger.get(f"/signin/00000000-0000-4000-8000-000000000000/{page}")
        assert same_page(answer.text).replace(interaction, "") == same_page(nothing.text)
    answer = stranger.post(
        f"/signin/{interaction}/identifier",
        shown_at=f"/signin/{stranger.open()}/identifier",
        identifier="001190000123",
    )
    assert answer.status_code == 400
    assert browser.get(f"/signin/{interaction}/identifier").status_code == 200
    with clock.shifted(world.settings.sessions.interaction + timedelta(seconds=1)):
        assert browser.get(f"/signin/{interaction}/identifier").status_code == 400


def test_forms_without_our_token_or_from_elsewhere_are_refused(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    path = f"/signin/{browser.open()}/identifier"
    fields = {"identifier": account.number}
    assert browser.client.post(path, data=fields).status_code == 403
    assert browser.client.post(path, data={**fields, "csrf_token": "0" * 64}).status_code == 403
    browser.client.headers["sec-fetch-site"] = "cross-site"
    assert browser.post(path, **fields).status_code == 403
    browser.client.headers["sec-fetch-site"] = "same-origin"
    assert browser.post(path, **fields).status_code == 303


@pytest.mark.asvs("7.2.4")
def test_planted_session_cookie_is_not_the_one_that_is_signed_in(world: World) -> None:
    attacker, victim = world.add_account(), world.add_account()
    evil = world.browser("attackers-browser-0123456789ab")
    evil.sign_in(evil.open(), attacker)
    planted = evil.session_token
    assert planted
    browser = world.browser()
    browser.client.cookies.set(browser.names.session, planted, domain="localhost.local")
    interaction = browser.open()
    browser.post(
        f"/signin/{interaction}/identifier",
        shown_at=f"/signin/{interaction}/identifier?other=1",
        identifier=victim.number,
    )
    browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    session = browser.session()
    assert session is not None
    assert session.person_id == victim.registered.person_id
    assert browser.session_token != planted
    assert evil.session() is None


@pytest.mark.asvs("7.2.4")
def test_reauthentication_keeps_the_sid_and_kills_the_old_cookie(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(needed_authentication=2), account, code=True)
    before, token = browser.session(), browser.session_token
    with clock.shifted(timedelta(minutes=1)):
        interaction = browser.open(needed_authentication=2, authenticate_after=clock.now())
        answer = browser.get(f"/signin/{interaction}/identifier")
        assert answer.headers["location"] == f"/signin/{interaction}/password"
        answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
        assert answer.headers["location"] == f"/signin/{interaction}/otp"
        answer = browser.post(f"/signin/{interaction}/otp", otp=account.code())
        assert answer.headers["location"] == f"/authorize/resume/{interaction}"
        after = browser.session()
        assert before is not None
        assert after is not None
        assert after.sid == before.sid
        assert after.authenticated_at > before.authenticated_at
    assert browser.session_token != token


def test_live_session_needs_no_password(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    browser.sign_in(browser.open(), account)
    interaction = browser.open()
    answer = browser.get(f"/signin/{interaction}/identifier")
    assert answer.headers["location"] == f"/authorize/resume/{interaction}"
    with world.transaction() as db:
        db.execute(update(SignInSession).values(ended_at=clock.now()))
    interaction = browser.open()
    assert browser.get(f"/signin/{interaction}/identifier").status_code == 200


def test_an_attempt_the_server_had_no_time_for_is_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open()
    browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    path = f"/signin/{interaction}/password"
    with monkeypatch.context() as patch:
        patch.setattr("idp.factors.password._slots", Turns(1))
        patch.setattr("idp.factors.password._WAIT_SECONDS", 0.0)
        assert passwords._slots.acquire(timeout=0)
        answers = [browser.post(path, password=PASSWORD) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {503}
    assert "retry-after" in answers[0].headers
    assert browser.post(path, password=PASSWORD).status_code == 303


@pytest.mark.asvs("1.2.1")
def test_login_hint_fills_in_the_form_and_can_break_nothing(world: World) -> None:
    browser = world.browser()
    for hint in ("001190000123", "<script>", '"' * 500):
        interaction = browser.open(login_hint=hint, keyring=world.keyring)
        answer = browser.get(f"/signin/{interaction}/identifier")
        assert answer.status_code == 200
        assert ("001190000123" in answer.text) == (hint == "001190000123")
        assert "<script>" not in answer.text


def test_hash_of_older_parameters_is_renewed(world: World) -> None:
    account = world.add_account()
    older = hash_password(PasswordSettings(argon2_memory_kib=512, argon2_time=1), PASSWORD)
    person_id = account.registered.person_id
    with world.transaction() as db:
        sealed = PASSWORD_HASH.seal(world.keyring, older, id=person_id)
        db.execute(update(Person).where(Person.id == person_id).values(password_encrypted=sealed))
    browser = world.browser()
    assert browser.sign_in(browser.open(), account).status_code == 303
    with world.transaction() as db:
        stored = read_credentials(db, person_id=person_id).password_hash(world.keyring)
    assert stored is not None
    assert "m=1024" in stored


def test_journal_holds_no_secret_and_no_number(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    browser.sign_in(interaction, account)
    code = account.code()
    browser.post(f"/signin/{interaction}/otp", otp=code)
    with world.transaction() as db:
        rows = db.scalars(select(JournalEntry).where(JournalEntry.sign_in_id == interaction))
        text = " ".join(str({**vars(row)}) for row in rows)
    assert "session.raised" in text
    for secret in (account.number, PASSWORD, account.totp_secret, "Hoa"):
        assert secret not in text
