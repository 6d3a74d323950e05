"""`/api/adoption/…`: programs of the Government read frozen months, by a token of their own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx2 import Response
from sqlalchemy import Engine

from idp.figures.frozen import FrozenMonth
from idp.figures.slices import list_months
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.relying_parties.models import Environment
from idp.relying_parties.scopes import ADOPTION_INTERNAL, ADOPTION_READ
from tests.figures.frozen import freeze, national, place, publish_country
from tests.oidc.conftest import SECRET, Browser, World, basic
from tests.oidc.dpop import KEY, OTHER, proof
from tests.oidc.test_suspended_clients import take

MONTHS = "/api/adoption/months"
MACHINE = {"grant_type": "client_credentials"}
READER = {"scope": ADOPTION_READ, "grant_types": ["client_credentials"]}


@pytest.fixture
def owner(world: World) -> Iterator[Engine]:
    engine = make_engine(world.settings.database.owner_url)
    publish_country(engine, months=3)
    yield engine
    engine.dispose()


@pytest.fixture
def browser(world: World, owner: Engine) -> Browser:
    world.party("reader", **READER)
    return world.browser()


def token(browser: Browser, client_id: str = "reader", *proofs: str, **fields: str) -> str:
    headers = [*basic(client_id, SECRET).items(), *(("DPoP", sent) for sent in proofs)]
    answer = browser.client.post("/token", data={**MACHINE, **fields}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["access_token"]
    return found


def ask(browser: Browser, sent: str, path: str = MONTHS, **headers: str) -> Response:
    return browser.client.get(path, headers={"Authorization": f"Bearer {sent}", **headers})


def refusal_of(answer: Response) -> tuple[int, str]:
    assert "application/json" in answer.headers["content-type"]
    return answer.status_code, answer.json()["error"]


def newest(owner: Engine) -> FrozenMonth:
    with transaction(owner) as db:
        return list_months(db)[-1]


def test_a_program_reads_the_months_and_what_is_in_them(browser: Browser, owner: Engine) -> None:
    sent, last = token(browser), newest(owner)
    listed = ask(browser, sent).json()
    assert [each["freeze"] for each in listed["months"]] == [1, 2, 3]
    assert (listed["newest"], listed["next"]) == (3, None)
    month = ask(browser, sent, listed["months"][-1]["href"]).json()
    assert (month["month"], month["version"], month["values"]) == (last.name, 1, "suppressed")
    assert month["sha256"] == last.rows_hash.hex()
    for table, address in month["tables"].items():
        rows = ask(browser, sent, address).json()["rows"]
        assert all(row["month"] == last.name and row["freeze"] == 3 for row in rows)
        assert rows or table in {"agencies", "groups", "satisfaction"}


def test_since_a_freeze_there_is_what_came_after_it(browser: Browser, owner: Engine) -> None:
    sent, last = token(browser), newest(owner)
    assert ask(browser, sent, f"{MONTHS}?since=3").json()["months"] == []
    freeze(owner, last.month_on, {national("person", "UNI_USED"): 7_000_000}, "Ghi nhận muộn")
    later = ask(browser, sent, f"{MONTHS}?since=3").json()
    assert [(m["month"], m["version"], m["reason"]) for m in later["months"]] == [
        (last.name, 2, "Ghi nhận muộn")
    ]
    assert later["newest"] == 4
    for wrong in ("5", "-1", "x", "٣", "9" * 40):
        answer = ask(browser, sent, f"{MONTHS}?since={wrong}")
        assert refusal_of(answer) == (400, "invalid_request")
        assert "newest is 4" in answer.json()["error_description"]


def test_versions_that_were_replaced_stay(browser: Browser, owner: Engine) -> None:
    sent, last = token(browser), newest(owner)
    address = f"{MONTHS}/{last.name}/national"
    before = ask(browser, sent, f"{address}?version=1").json()
    freeze(owner, last.month_on, {national("person", "UNI_USED"): 7_000_000}, "Ghi nhận muộn")
    assert ask(browser, sent, f"{address}?version=1").json()["rows"] == before["rows"]
    now = ask(browser, sent, address).json()
    assert (now["version"], now["rows"][0]["value"]) == (2, 7_000_000)


def test_what_is_known_already_is_not_sent_again(browser: Browser, owner: Engine) -> None:
    sent, last = token(browser), newest(owner)
    for path in (MONTHS, f"{MONTHS}/{last.name}", f"{MONTHS}/{last.name}/provinces"):
        tag = ask(browser, sent, path).headers["etag"]
        known = ask(browser, sent, path, **{"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        assert ask(browser, sent, path, **{"If-None-Match": '"other"'}).status_code == 200
    freeze(owner, last.month_on, {place("01", "UNI_USED"): 1_000}, "Ghi nhận muộn")
    assert ask(browser, sent, MONTHS, **{"If-None-Match": tag}).status_code == 200


def test_true_values_are_for_a_client_in_production_whose_token_says_so(
    world: World, browser: Browser, owner: Engine
) -> None:
    last = newest(owner)
    freeze(owner, last.month_on, {place("01", "UNI_USED"): 7, place("01", "POP"): 5_003}, "Sửa")
    both = f"{ADOPTION_READ} {ADOPTION_INTERNAL}"
    world.party("inner", **{**READER, "scope": both})
    world.party("trial", **{**READER, "scope": both}, environment=Environment.SANDBOX)
    address = f"{MONTHS}/{last.name}/provinces"

    def hanoi(sent: str) -> tuple[str, int | None, int, str]:
        told = ask(browser, sent, address).json()
        row = next(row for row in told["rows"] if row["place"] == "01")
        return told["values"], row["uni_used"], row["residents"], row["suppressed"]

    assert hanoi(token(browser, "inner")) == ("true", 7, 5_003, "")
    for sent in (
        token(browser),
        token(browser, "inner", scope=ADOPTION_READ),
        token(browser, "trial"),
    ):
        values, used, residents, stars = hanoi(sent)
        assert (values, used, residents) == ("suppressed", None, 5_005)
        assert {"uni_used", "percent"} <= {*stars.split()}


def test_a_token_that_is_not_for_this_opens_nothing(world: World, browser: Browser) -> None:
    """Wrong scope, another audience, a person's, nobody's, an altered one; and a control."""
    land = "https://land.example/api"
    world.party("other", grant_types=["client_credentials"], scope="reports.write")
    world.party("abroad", **READER, resources=[land])
    sent = token(browser)
    assert ask(browser, sent).status_code == 200
    assert refusal_of(ask(browser, token(browser, "other"))) == (403, "insufficient_scope")
    abroad = token(browser, "abroad", resource=land)
    assert refusal_of(ask(browser, abroad)) == (401, "invalid_token")
    assert ask(browser, token(browser, "abroad")).status_code == 200
    for wrong in ("x", f"{sent}x", sent[:-4] + "AAAA"):
        assert refusal_of(ask(browser, wrong)) == (401, "invalid_token")
    none = browser.client.get(MONTHS)
    assert none.status_code == 401
    assert "Bearer" in none.headers["www-authenticate"]


def test_a_person_s_token_opens_nothing(world: World, browser: Browser) -> None:
    person = world.person()
    party = world.party("rp", scope=f"openid profile {ADOPTION_READ}")
    world.consent(person, party)
    browser.sign_in(person)
    code = browser.code(scope=f"openid {ADOPTION_READ}")
    granted = browser.redeem(code).json()
    assert ADOPTION_READ not in granted["scope"]
    assert refusal_of(ask(browser, granted["access_token"])) == (401, "invalid_token")


def test_a_token_that_is_over_opens_nothing(world: World, browser: Browser) -> None:
    """Expired, revoked; its client suspended since, or no longer registered for the scope."""
    expired, revoked, suspended = token(browser), token(browser), token(browser)
    with clock.shifted(timedelta(minutes=11)):
        assert refusal_of(ask(browser, expired)) == (401, "invalid_token")
    assert ask(browser, expired).status_code == 200
    browser.client.post("/revoke", data={"token": revoked}, headers=basic("reader", SECRET))
    assert refusal_of(ask(browser, revoked)) == (401, "invalid_token")
    assert ask(browser, suspended).status_code == 200
    take(world, "reader", "suspend")
    assert refusal_of(ask(browser, suspended)) == (401, "invalid_token")
    take(world, "reader", "resume")
    assert refusal_of(ask(browser, suspended)) == (401, "invalid_token")


def test_a_bound_token_needs_its_key(browser: Browser) -> None:
    sent = token(browser, "reader", proof(KEY, path="/token"))

    def shown(key: object, scheme: str = "DPoP") -> Response:
        made = proof(key, path=MONTHS, token=sent, htm="GET")
        headers = {"Authorization": f"{scheme} {sent}", "DPoP": made}
        return browser.client.get(MONTHS, headers=headers)

    assert shown(KEY).status_code == 200
    assert refusal_of(shown(OTHER)) == (401, "invalid_token")
    assert refusal_of(ask(browser, sent)) == (401, "invalid_token")
    plain = token(browser)
    assert ask(browser, plain).status_code == 200


def test_one_client_asks_so_often_a_minute(browser: Browser, world: World) -> None:
    world.party("second", **READER)
    sent, others = token(browser), token(browser, "second")
    answers = [ask(browser, sent).status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
    assert ask(browser, others).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("2026-13", "2019-01", "x", "2026-10/nothing"),
        *("{}?version=0", "{}?version=2", "{}?version=x", "{}?version=01", "{}/national?page=0"),
    ],
)
def test_what_there_is_not_is_not_found(browser: Browser, owner: Engine, path: str) -> None:
    sent, name = token(browser), newest(owner).name
    assert ask(browser, sent, f"{MONTHS}/{name}?version=1").status_code == 200
    answer = ask(browser, sent, f"{MONTHS}/{path.format(name)}")
    assert refusal_of(answer) == (404, "invalid_request")
