"""How a sign-in went: asked once in 90 days, answered by one tap, counted without a name."""

import re
from datetime import timedelta
from threading import Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update

from idp.consents.changes import grant_consent
from idp.journal.models import JournalEntry, Outcome
from idp.journal.record import record
from idp.kit import clock
from idp.satisfaction.asking import Answer, Taken, answer, ask
from idp.satisfaction.models import SatisfactionCount, SatisfactionQuestion
from idp.sessions.models import SignInSession
from tests.account.test_given_back import give_back
from tests.account.test_overview import enter, seen
from tests.signin.conftest import Account, Browser, World
from tests.support.people import add_agency, add_relying_party

PATH, SENT = "/account", "/account/satisfaction"
QUESTION = "Were you satisfied with signing in"


def use_service(
    world: World, account: Account, *, counted: bool = True, named: bool = True
) -> UUID:
    """A success at a new service of a new agency; the agency's id."""
    code = uuid4().hex[:10]
    with world.transaction() as db:
        agency = add_agency(db, code=f"S{code}")
        party = add_relying_party(db, client_id=f"asked-{code}", agency=agency)
        grant_consent(
            db,
            person_id=account.registered.person_id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={},
        )
        record(
            db,
            event="signin.succeeded",
            outcome=Outcome.SUCCESS,
            sign_in_id=uuid4(),
            acr="LoA2",
            subject_number=account.registered.subject_number,
            relying_party_id=party.id,
            service_id=party.default_service_id if named else None,
            agency_id=agency.id if named else None,
            tier="central" if named else None,
            counted=counted,
        )
        return agency.id


def counts(world: World, agency_id: UUID) -> dict[str, int]:
    rows = select(SatisfactionCount).where(SatisfactionCount.agency_id == agency_id)
    with world.transaction() as db:
        return {row.answer: row.answers for row in db.scalars(rows)}


def pass_days(world: World, account: Account, days: int) -> None:
    mine = SatisfactionQuestion.person_id == account.registered.person_id
    earlier = {"asked_on": SatisfactionQuestion.asked_on - days}
    with world.transaction() as db:
        db.execute(update(SatisfactionQuestion).where(mine).values(earlier))


def someone(world: World) -> tuple[Account, UUID, Browser]:
    account = world.add_account(totp=False)
    agency = use_service(world, account)
    return account, agency, enter(world, account)


def tap(browser: Browser, said: str, *, shown_at: str = PATH, path: str = SENT) -> str:
    answer = browser.post(path, shown_at=shown_at, answer=said)
    assert answer.status_code == 303
    return str(answer.headers["location"])


def test_one_tap_counts_and_the_page_says_thanks(world: World) -> None:
    _, agency, browser = someone(world)
    page = browser.get(PATH).text
    assert len(re.findall(r'name="answer" value="\w+"', page)) == 3
    assert (
        "<script"
        not in page.partition('aria-labelledby="satisfaction"')[2].partition("</section")[0]
    )
    assert tap(browser, "satisfied") == PATH
    assert counts(world, agency) == {"satisfied": 1}
    told = seen(browser)
    assert "Thank you for your answer." in told
    assert QUESTION not in told


@pytest.mark.parametrize(
    ("counted", "named"), [(False, True), (True, False)], ids=["sandbox or staff", "no service"]
)
def test_nobody_is_asked_but_after_a_sign_in_that_counts(
    world: World, counted: bool, named: bool
) -> None:
    account, control = world.add_account(totp=False), world.add_account(totp=False)
    use_service(world, account, counted=counted, named=named)
    use_service(world, control)
    assert QUESTION not in seen(enter(world, account))
    assert QUESTION not in seen(enter(world, world.add_account(totp=False)))
    assert QUESTION in seen(enter(world, control))


def test_a_sign_in_of_days_ago_is_not_asked_about(world: World) -> None:
    account, _, _ = someone(world)
    with world.transaction() as db, clock.shifted(timedelta(days=2)):
        today = clock.day_of(clock.now())
        number = account.registered.subject_number
        asked = ask(db, person_id=account.registered.person_id, subject_number=number, today=today)
        assert asked is None


@pytest.mark.parametrize(("days", "is_asked"), [(0, True), (1, False), (89, False), (90, True)])
def test_the_next_question_is_ninety_days_away(world: World, days: int, is_asked: bool) -> None:
    """An open one stands there all day; answered or not, it is not asked again before."""
    account, _, browser = someone(world)
    assert QUESTION in seen(browser)
    pass_days(world, account, days)
    use_service(world, account)
    assert (QUESTION in seen(browser)) is is_asked


def test_an_answer_sent_again_is_thanked_and_not_counted(world: World) -> None:
    _, agency, browser = someone(world)
    page = browser.get(PATH).text
    token = re.search(r'name="csrf_token"\s+value="(\w+)"', page)
    assert token
    for said in ("dissatisfied", "dissatisfied", "satisfied"):
        sent = {"csrf_token": token[1], "answer": said}
        assert browser.client.post(SENT, data=sent).headers["location"] == PATH
        assert "Thank you for your answer." in seen(browser)
    assert counts(world, agency) == {"dissatisfied": 1}


def test_who_was_not_asked_counts_nothing(world: World) -> None:
    account, agency, browser = someone(world)
    control = enter(world, world.add_account(totp=False))
    page = browser.get("/account/close").text
    token = re.search(r'name="csrf_token"\s+value="(\w+)"', page)
    assert token
    for asked in (browser, control):
        sent = {"csrf_token": token[1], "answer": "satisfied"}
        assert asked.client.post(SENT, data=sent).status_code == 303
    assert "no longer open" in seen(control)
    assert counts(world, agency) == {}
    assert QUESTION in seen(browser)
    tap(browser, "satisfied")
    assert counts(world, agency) == {"satisfied": 1}
    assert account


@pytest.mark.parametrize("said", ["", "very", "satisfied'--"])
def test_no_other_answer_is_taken(world: World, said: str) -> None:
    _, agency, browser = someone(world)
    tap(browser, said)
    assert counts(world, agency) == {}
    tap(browser, "neither")
    assert counts(world, agency) == {"neither": 1}


def test_a_form_of_another_site_is_refused(world: World) -> None:
    _, agency, browser = someone(world)
    assert QUESTION in seen(browser)
    assert browser.client.post(SENT, data={"answer": "satisfied"}).status_code == 403
    assert counts(world, agency) == {}
    tap(browser, "satisfied")
    assert counts(world, agency) == {"satisfied": 1}


def test_of_two_answers_at_once_one_counts(world: World) -> None:
    account, agency, browser = someone(world)
    assert QUESTION in seen(browser)
    taken: list[Taken] = []

    def send() -> None:
        with world.transaction() as db:
            person_id = account.registered.person_id
            today = clock.day_of(clock.now())
            taken.append(answer(db, person_id=person_id, said=Answer.SATISFIED, today=today))

    threads = [Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [*[Taken.BEFORE] * 7, Taken.COUNTED]
    assert counts(world, agency) == {"satisfied": 1}


def test_nothing_kept_ties_an_answer_to_who_gave_it(world: World) -> None:
    """The question's row forgets the service; no entry of the journal is about the answer."""
    account, agency, browser = someone(world)
    with world.transaction() as db:
        before = db.scalar(text("SELECT max(id) FROM journal_entry"))
    tap(browser, "dissatisfied")
    assert counts(world, agency) == {"dissatisfied": 1}
    with world.transaction() as db:
        question = db.get_one(SatisfactionQuestion, account.registered.person_id)
        assert (question.agency_id, question.service_id) == (None, None)
        later = select(JournalEntry.event).where(JournalEntry.id > before)
        assert "satisfaction" not in " ".join(db.scalars(later))
    columns = {*SatisfactionCount.__table__.columns.keys()}
    assert columns == {"month_on", "agency_id", "service_id", "answer", "answers"}


def test_an_account_given_back_begins_anew(world: World) -> None:
    account = world.add_account(proofing=1, totp=False)
    use_service(world, account)
    tap(enter(world, account), "satisfied")
    give_back(world, account)
    with world.transaction() as db:
        assert db.get(SatisfactionQuestion, account.registered.person_id) is None


def test_the_page_that_signs_out_asks_as_well_and_after_it(world: World) -> None:
    _, agency, browser = someone(world)
    out = browser.open(return_path="/")
    path = f"/sign-out/{out}"
    assert QUESTION in seen(browser, path)
    assert browser.post(path).headers["location"] == f"{path}/done"
    assert QUESTION in seen(browser, f"{path}/done")
    sent = tap(browser, "satisfied", shown_at=f"{path}/done", path=f"{path}/satisfaction")
    assert sent == f"{path}/done"
    assert "Thank you for your answer." in seen(browser, sent)
    assert counts(world, agency) == {"satisfied": 1}


def test_answered_before_signing_out_it_leads_back_to_the_question_of_the_page(
    world: World,
) -> None:
    _, agency, browser = someone(world)
    path = f"/sign-out/{browser.open(return_path='/')}"
    assert tap(browser, "neither", shown_at=path, path=f"{path}/satisfaction") == path
    assert QUESTION not in seen(browser, path)
    assert browser.post(path).headers["location"] == f"{path}/done"
    assert QUESTION not in seen(browser, f"{path}/done")
    assert counts(world, agency) == {"neither": 1}


def leave(browser: Browser) -> str:
    """Sign out; the address of the sign-out."""
    path = f"/sign-out/{browser.open(return_path='/')}"
    assert browser.post(path).headers["location"] == f"{path}/done"
    return path


@pytest.mark.parametrize(("minutes", "is_theirs"), [(1, True), (3, False)])
def test_a_page_left_open_asks_and_counts_for_nobody_who_is_gone(
    world: World, minutes: int, *, is_theirs: bool
) -> None:
    _, agency, browser = someone(world)
    path = leave(browser)
    form = browser.get(f"{path}/done").text
    with world.transaction() as db:
        ended = {"ended_at": SignInSession.ended_at - timedelta(minutes=minutes)}
        db.execute(update(SignInSession).where(SignInSession.ended_at.is_not(None)).values(ended))
    [token] = set(re.findall(r'name="csrf_token"\s+value="([^"]*)"', form))
    sent = {"csrf_token": token, "answer": "dissatisfied"}
    answer = browser.client.post(f"{path}/satisfaction", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/done")
    after = seen(browser, f"{path}/done")
    assert ("This question is no longer open." in after) is not is_theirs
    assert QUESTION not in after
    assert counts(world, agency) == ({"dissatisfied": 1} if is_theirs else {})


def test_who_signs_in_next_answers_for_nobody_else(world: World) -> None:
    _, agency, browser = someone(world)
    path = leave(browser)
    form = browser.get(f"{path}/done").text
    other = world.add_account(totp=False)
    elsewhere = use_service(world, other)
    browser.sign_in(browser.open(), other)
    [token] = set(re.findall(r'name="csrf_token"\s+value="([^"]*)"', form))
    sent = {"csrf_token": token, "answer": "dissatisfied"}
    browser.client.post(f"{path}/satisfaction", data=sent)
    assert (counts(world, agency), counts(world, elsewhere)) == ({}, {})
    assert QUESTION not in seen(browser, f"{path}/done")
