"""The main job over HTTP: sign in at the ministry, walk on to the province, sign out."""

import re

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from idp.journal.models import JournalEntry
from idp.journal.sources import read_source
from idp.settings import Settings
from tests.support.country import Country
from tests.support.served import Served
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor


def outcomes(engine: Engine) -> list[tuple[str, str | None]]:
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT outcome, acr FROM journal_entry WHERE outcome IS NOT NULL ORDER BY id")
        )
        return [(outcome, acr) for outcome, acr in rows]


def sources(engine: Engine, settings: Settings) -> list[str | None]:
    """F7: where each outcome was asked from."""
    keyring = settings.secrets.keyring()
    with Session(engine) as db:
        ids = db.scalars(select(JournalEntry.source_id).where(JournalEntry.outcome.is_not(None)))
        return [read_source(db, source_id=kept, keyring=keyring) for kept in ids if kept]


@pytest.mark.usefixtures("provider")
def test_the_main_job(
    provider: Served,
    country: Country,
    visitor: Visitor,
    engine: Engine,
    module_settings: Settings,
) -> None:
    ministry, province = country.ministry(provider.url), country.province(provider.url)

    page = visitor.open(
        ministry.authorize_url(scope="openid profile offline_access", prompt="consent")
    )
    page = agree(visitor, sign_in(visitor, page, country.citizen))
    answer = ministry.answer(page.url)
    assert answer.keys() == {"code", "state", "iss", "session_state"}
    assert (answer["state"], answer["iss"]) == ("st4te", provider.url)

    response = ministry.redeem(answer["code"])
    assert response.status_code == 200, response.text
    tokens = response.json()
    claims = ministry.id_claims(tokens["id_token"])
    assert claims["nonce"] == "n0nce"
    assert claims["acr"] == "LoA3"
    person = ministry.userinfo(tokens["access_token"]).json()
    assert (person["sub"], person["name"]) == (claims["sub"], "Trần Thị Mai")

    refreshed = ministry.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200, refreshed.text
    assert ministry.userinfo(refreshed.json()["access_token"]).status_code == 200

    page = visitor.open(province.authorize_url())
    page = agree(visitor, page)
    answer = province.answer(page.url)
    tokens_there = province.redeem(answer["code"]).json()
    assert outcomes(engine) == [("success", "LoA3"), ("success", "LoA3")]
    asked_from = sources(engine, module_settings)
    assert len(asked_from) == 2
    assert all(re.fullmatch(r"(127\.0\.0\.1|::1) port \d+", told or "") for told in asked_from)

    page = visitor.open(
        f"{provider.url}/end_session?id_token_hint={tokens_there['id_token']}"
        "&post_logout_redirect_uri=https://rp.example/bye&state=out"
    )
    assert "Cổng thử" in page.text
    silent = visitor.open(province.authorize_url(prompt="none"))
    assert province.answer(silent.url)["error"] == "login_required"
    assert province.userinfo(tokens_there["access_token"]).status_code == 401


def test_machines_get_tokens_of_their_own(provider: Served, country: Country) -> None:
    response = country.ministry(provider.url).token(grant_type="client_credentials")
    assert response.status_code == 200, response.text
    assert response.json()["token_type"] == "Bearer"
