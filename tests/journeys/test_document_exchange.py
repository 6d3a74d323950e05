"""Two agencies' programs and the provider: a city fetches a person's document at a ministry."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine, select, text

from idp.catalogue.models import PublicService
from idp.demo.processes import Program, running
from idp.kit import clock
from idp.kit.db import transaction
from idp.oidc.grants.token_exchange import ACCESS_TOKEN
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.grant_types import TOKEN_EXCHANGE
from idp.settings.server import IssuerSettings
from tests.support.country import Country
from tests.support.relying_party import TestParty
from tests.support.served import Served, free_port
from tests.support.sign_in import agree, sign_in
from tests.support.visitor import Visitor

FOLDER = Path(__file__).parents[2] / "clients" / "document-exchange"
CITY, MINISTRY = "building-permits", "residence-documents"


@dataclass(frozen=True)
class Samples:
    """Both programs: where they are, their clients, and the procedure they name."""

    city_url: str
    documents_url: str
    city: TestParty
    service: str


@pytest.fixture(scope="module")
def samples(
    provider: Served, country: Country, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Samples]:
    """The sample as its README starts it, registered by its own file."""
    assert country
    ports = {8003: free_port(), 8004: free_port()}
    registration = (FOLDER / "relying_party.toml").read_text()
    with transaction(engine) as db:
        service = db.scalars(select(PublicService.procedure_code).limit(1)).one()
        for declared, known in (
            *((f":{port}/", f":{ports[port]}/") for port in ports),
            *(("H17.CDVC", "H01.province"), ("G01.DKX", "G01.ministry"), ("1.020002", service)),
        ):
            registration = registration.replace(declared, known)
        applied = apply_declarations(
            db,
            read_declarations(registration),
            issuer=IssuerSettings(url=provider.url),
            may_front=True,
            at=clock.now(),
        )
    secrets = {one.client_id: one.client_secret or "" for one in applied}
    city_url, documents_url = (f"http://localhost:{port}" for port in ports.values())
    environment = {
        "PYTHONPATH": str(FOLDER.parent),
        "ISSUER": provider.url,
        "SERVICE": service,
        "HOST": "127.0.0.1",
    }
    programs = [
        Program(
            name=name,
            command=[sys.executable, str(FOLDER / program)],
            environment={
                **environment,
                "PORT": str(port),
                "DOCUMENTS": f"{documents_url}/documents",
                "CLIENT_ID": name,
                "CLIENT_SECRET": secrets[name],
            },
            port=port,
        )
        for name, program, port in zip(
            (CITY, MINISTRY), ("app.py", "documents.py"), ports.values(), strict=True
        )
    ]
    with running(programs, logs=tmp_path_factory.mktemp("logs")):
        city = TestParty(provider.url, CITY, secrets[CITY], redirect_uri=f"{city_url}/callback")
        yield Samples(city_url, documents_url, city, service)


def test_a_city_fetches_a_persons_document_and_a_sign_out_ends_it(
    samples: Samples, country: Country, visitor: Visitor, engine: Engine
) -> None:
    page = visitor.open(f"{samples.city_url}/sign-in")
    page = agree(visitor, sign_in(visitor, page, country.citizen))
    assert page.url == f"{samples.city_url}/"
    page = visitor.submit(page, {}, button="fetch")
    assert page.status == 200, page.text
    assert "CT07-" in page.text
    assert '<dd id="actor">Department of Construction</dd>' in page.text
    with engine.connect() as connection:
        events = connection.execute(
            text("SELECT data FROM journal_entry WHERE event = 'token.exchanged'")
        ).scalars()
        assert list(events) == [
            {"audience": f"{samples.documents_url}/documents", "actors": [CITY]}
        ]
        counted = text("SELECT count(*) FROM journal_entry WHERE outcome = 'success'")
        assert connection.execute(counted).scalar() == 1


def test_the_ministry_answers_for_its_own_tokens_only(samples: Samples, country: Country) -> None:
    tokens = _tokens(samples, country)
    exchanged = _exchange(samples, tokens["access_token"])
    own = samples.city.id_claims(tokens["id_token"])["sub"]
    document = _residence(samples, exchanged).json()
    assert document["actors"] == [CITY]
    assert document["subject"] not in (own, country.citizen.person_id.hex)
    for token, status in (
        (tokens["access_token"], 401),
        (exchanged[:-6] + "AAAAAA", 401),
        ("", 401),
    ):
        assert _residence(samples, token).status_code == status
    httpx2.post(
        f"{samples.city.issuer}/revoke",
        data={"token": exchanged},
        auth=(CITY, samples.city.client_secret),
    )
    assert _residence(samples, exchanged).status_code == 401


def _tokens(samples: Samples, country: Country) -> dict[str, str]:
    """What the city's client gets for a person who signs in."""
    city = Visitor(stop_at=(samples.city.redirect_uri,))
    page = city.open(samples.city.authorize_url(scope=f"openid profile service:{samples.service}"))
    page = sign_in(city, page, country.citizen)
    page = agree(city, page) if page.path.endswith("/consent") else page
    tokens: dict[str, str] = samples.city.redeem(samples.city.answer(page.url)["code"]).json()
    city.close()
    return tokens


def _exchange(samples: Samples, token: str) -> str:
    answer = samples.city.token(
        grant_type=TOKEN_EXCHANGE,
        subject_token=token,
        subject_token_type=ACCESS_TOKEN,
        audience=f"{samples.documents_url}/documents",
        scope=f"service:{samples.service}",
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def _residence(samples: Samples, token: str) -> httpx2.Response:
    return httpx2.get(
        f"{samples.documents_url}/documents/residence",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
