"""Connected services: when each was last used, of a person's own sign-ins alone."""

import html
import re
from datetime import timedelta

from idp.consents.changes import grant_consent
from idp.journal.record import record
from idp.kit import clock
from tests.signin.conftest import Account, World
from tests.support.people import add_agency, add_relying_party

PATH = "/account/services"


def connect(world: World, account: Account, client_id: str, code: str, *, signed_in: bool) -> None:
    """Have that person share with an application, and sign in there."""
    number = account.registered.subject_number
    with world.transaction() as db:
        agency = add_agency(db, code=code)
        party = add_relying_party(db, client_id=client_id, agency=agency)
        party.client_name = party.client_name_en = f"Application {client_id}"
        grant_consent(
            db,
            person_id=account.registered.person_id,
            relying_party_id=party.id,
            scopes=["openid"],
            claims=[],
            evidence={},
        )
        for owner in (number,) if signed_in else (number + 100_000,):
            record(
                db,
                event="signin.succeeded",
                subject_number=owner,
                relying_party_id=party.id,
                service_id=party.default_service_id,
            )


def test_each_service_says_when_it_was_last_used(world: World) -> None:
    """Another person's sign-in there is none; one of a year ago is none either."""
    account, browser = world.add_account(totp=False), world.browser()
    browser.sign_in(browser.open(), account)
    connect(world, account, "used-party", "G82", signed_in=True)
    connect(world, account, "idle-party", "G83", signed_in=False)

    def last(page: str, client_id: str) -> str:
        panel = page.partition(f"Application {client_id}</h2>")[2].partition("</section>")[0]
        words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", panel)).split())
        return words.partition("Last sign-in there")[2].partition("Withdraw")[0].strip()

    page = browser.get(PATH).text
    assert re.fullmatch(r"\d\d:\d\d \d\d/\d\d/\d{4}", last(page, "used-party"))
    assert last(page, "idle-party") == "none in the last 12 months"
    with clock.shifted(timedelta(days=366)):
        again = world.browser("a-year-later-0123456789-abcdef01")
        again.sign_in(again.open(), account)
        assert last(again.get(PATH).text, "used-party") == "none in the last 12 months"
