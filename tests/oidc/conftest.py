"""The protocol on its own: a registered world in a real database, and a browser in it."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from idp.catalogue.models import Agency, InformationSystem, PublicService, Tier
from idp.consents.changes import grant_consent
from idp.interactions.models import Interaction
from idp.interactions.progress import choose_representation, decide_consent
from idp.journal.models import JournalEntry
from idp.keys.creation import ALGORITHMS, generate_key
from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.secrets import token_hash
from idp.mandates.models import Mandate
from idp.oidc.part import OidcPart
from idp.oidc.routes import router
from idp.organizations.models import Organization
from idp.people.identifiers import find_own_number, give_number
from idp.people.models import Person, Sex
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)
from idp.relying_parties.scopes import released_claims
from idp.sessions.models import SignInSession
from idp.sessions.start import start_session
from idp.settings import Settings
from idp.testers.invitations import invite_tester
from idp.web.cookies import CookieNames
from tests.support.app import change_part, part_of, room_app
from tests.support.people import add_organization, add_representative, shown

ISSUER = "http://localhost:8000"
REDIRECT = "https://rp.example/callback"
SECRET = "s3cret:of+the client"
VERIFIER = "v" * 50
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
BROWSER = "browser-of-the-tests-0123456789"
ALL_SCOPES = "openid profile email phone organization offline_access"


@dataclass
class World:
    """An agency with a system, two services and clients, and whoever a test adds."""

    engine: Engine
    app: FastAPI
    settings: Settings
    agency_id: UUID = field(default_factory=uuid4)
    system_id: UUID = field(default_factory=uuid4)
    low_service_id: UUID = field(default_factory=uuid4)
    high_service_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        today = date(2020, 1, 1)
        service: dict[str, Any] = {
            "agency_id": self.agency_id,
            "system_id": self.system_id,
            "level": 4,
        }
        names: dict[str, Any] = {"name_vi": "Tên", "name_en": "Name"}
        with transaction(self.engine) as db:
            db.add(
                Agency(id=self.agency_id, code="G01", tier=Tier.CENTRAL, valid_on=today, **names)
            )
            db.flush()
            db.add(
                InformationSystem(id=self.system_id, code="SYS", agency_id=self.agency_id, **names)
            )
            db.flush()
            for service_id, code, acr in (
                (self.low_service_id, "1.000001", "LoA1"),
                (self.high_service_id, "1.000002", "LoA2"),
            ):
                db.add(
                    PublicService(
                        id=service_id,
                        procedure_code=code,
                        required_acr=acr,
                        level_valid_on=today,
                        **service,
                        **names,
                    )
                )

    def party(self, client_id: str = "rp", **values: Any) -> RelyingParty:
        """Register a confidential production client; `values` override its columns."""
        now = clock.now()
        columns: dict[str, Any] = {
            "client_id": client_id,
            "system_id": self.system_id,
            "default_service_id": self.low_service_id,
            "environment": Environment.PRODUCTION,
            "state": RelyingPartyState.LIVE,
            "client_name": "Dịch vụ",
            "redirect_uris": [REDIRECT],
            "post_logout_redirect_uris": ["https://rp.example/bye"],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": f"{ALL_SCOPES} reports.write",
            "client_secret_hash": token_hash(SECRET),
            "created_at": now,
            "updated_at": now,
        }
        party = RelyingParty(**{**columns, **values})
        with transaction(self.engine) as db:
            db.add(party)
            db.flush()
            for service_id in (self.low_service_id, self.high_service_id):
                db.add(RelyingPartyService(relying_party_id=party.id, service_id=service_id))
        return party

    def person(self, **values: Any) -> Person:
        """Register a person of proofing 1."""
        now = datetime(2024, 1, 1, tzinfo=UTC)
        columns: dict[str, Any] = {
            "name": "Trần Thị Bình",
            "birthdate": "1990-02-03",
            "sex": Sex.FEMALE,
            "proofing": 1,
            "created_at": now,
            "updated_at": now,
        }
        person = Person(**{**columns, **values})
        with transaction(self.engine) as db:
            db.add(person)
        return person

    def organization(self, person: Person) -> Organization:
        """An enterprise the person may act for."""
        with transaction(self.engine) as db:
            organization = add_organization(db, name="Công ty Một")
            add_representative(db, organization_id=organization.id, person_id=person.id)
        return organization

    def choose(self, interaction_id: UUID, organization: Organization) -> None:
        """What the page does for someone who chooses to act for it."""
        with transaction(self.engine) as db:
            of_it = select(Mandate.id).where(Mandate.organization_id == organization.id)
            mandate_id = db.scalars(of_it).one()
            choose_representation(db, interaction_id=interaction_id, mandate_id=mandate_id)

    def consent(
        self,
        person: Person,
        party: RelyingParty,
        scopes: str = ALL_SCOPES,
        *,
        claims: tuple[str, ...] = (),
        resources: tuple[str, ...] | None = None,
        services: tuple[str, ...] | None = None,
    ) -> None:
        """What the consent page does for someone who agrees; to all resources and services too."""
        granted = scopes.split()
        with transaction(self.engine) as db:
            held = select(RelyingPartyService.service_id).filter_by(relying_party_id=party.id)
            codes = select(PublicService.procedure_code).where(PublicService.id.in_(held))
            named = db.scalars(codes).all() if services is None else services
            grant_consent(
                db,
                person_id=person.id,
                relying_party_id=party.id,
                scopes=[*granted, *(f"service:{code}" for code in named)],
                claims=(*released_claims(granted), *claims),
                resources=party.resources if resources is None else resources,
                evidence={},
            )

    def agree(self, interaction_id: UUID) -> None:
        """What the consent page does for whoever it is shown to and agrees to all it asks."""
        with transaction(self.engine) as db:
            asked = db.get_one(Interaction, interaction_id)
            assert asked.person_id is not None
            assert asked.relying_party_id is not None
            known = self.part.relying_parties.find(asked.client_id or "", db=db)
            grant_consent(
                db,
                person_id=asked.person_id,
                relying_party_id=asked.relying_party_id,
                scopes=asked.asked_scopes,
                claims=asked.asked_claims,
                resources=asked.resources,
                mandate_id=asked.mandate_id if "organization" in asked.asked_claims else None,
                purpose_key=known.purpose_key if known else "",
                evidence={},
            )
            decide_consent(db, interaction_id=interaction_id, allowed=True)

    def invite(self, person: Person, party: RelyingParty) -> None:
        """What the team of an application of the sandbox does for somebody who is to try it."""
        keyring, at = self.part.keyring, clock.now()
        with transaction(self.engine) as db:
            own = find_own_number(db, keyring=keyring, person_id=person.id)
            number = own.number if own else f"001190{person.subject_number:06d}"
            if own is None:
                give_number(db, keyring=keyring, person_id=person.id, number=number, at=at)
            invite_tester(db, keyring=keyring, relying_party_id=party.id, number=number, at=at)

    @property
    def part(self) -> OidcPart:
        """What the provider is made of."""
        return part_of(self.app, OidcPart)

    def change(self, **fields: Any) -> None:
        """Make the provider of something else, from now on."""
        change_part(self.app, OidcPart, **fields)

    def browser(self, browser_id: str = BROWSER) -> "Browser":
        """A browser with nobody signed in."""
        return Browser(self, browser_id)

    def someone(self) -> "Browser":
        """The browser of someone new, signed in, who agreed to everything with the client `rp`."""
        person, browser = self.person(), self.browser()
        with transaction(self.engine) as db:
            party = db.scalars(select(RelyingParty).where(RelyingParty.client_id == "rp")).one()
        self.consent(person, party)
        browser.sign_in(person)
        return browser

    def outcomes(self) -> list[JournalEntry]:
        """Every outcome row written so far."""
        with transaction(self.engine) as db:
            return list(
                db.scalars(
                    select(JournalEntry)
                    .where(JournalEntry.outcome.is_not(None))
                    .order_by(JournalEntry.id)
                )
            )

    def events(self, event: str) -> list[JournalEntry]:
        """The journal rows of one kind."""
        with transaction(self.engine) as db:
            return list(
                db.scalars(
                    select(JournalEntry)
                    .where(JournalEntry.event == event)
                    .order_by(JournalEntry.id)
                )
            )

    def verify(self, token: str) -> jwt.Token:
        """The JWT, its signature checked against the published keys."""
        keys = KeySet.import_key_set(self.browser().get("/jwks").json())
        return jwt.decode(token, keys, algorithms=list(ALGORITHMS))

    def session_of(self, id_token: str) -> UUID:
        """Our own name of the session of an ID token: by its `sid`, or its person's only one."""
        claims = self.verify(id_token).claims
        party = self.part.relying_parties.find(claims["aud"])
        assert party is not None
        with transaction(self.engine) as db:
            sessions = list(db.scalars(select(SignInSession)))
        [sid] = [
            each.sid
            for each in sessions
            if claims.get("sid", "") in ("", self.part.sid_of(each.sid, party))
            and self.part.subject_of(each.person_id, party) == claims["sub"]
        ]
        return sid


class Browser:
    """One browser: its cookies, and the requests a relying party sends through it."""

    def __init__(self, world: World, browser_id: str) -> None:
        self.world = world
        self.client = TestClient(world.app, base_url=ISSUER, follow_redirects=False)
        self.names = part_of(world.app, CookieNames)
        self.browser_id = browser_id
        self.set_cookie(self.names.browser, browser_id)

    def set_cookie(self, name: str, value: str) -> None:
        """Put a cookie into the browser."""
        self.client.cookies.set(name, value, domain="localhost.local")

    def sign_in(
        self, person: Person, *, authentication: int = 2, ago: timedelta = timedelta(minutes=1)
    ) -> UUID:
        """What the sign-in pages do; the session's sid."""
        at = clock.now() - ago
        with transaction(self.world.engine) as db:
            started = start_session(
                db,
                keyring=self.world.part.keyring,
                settings=self.world.settings.sessions,
                person_id=person.id,
                credentials_epoch=person.credentials_epoch,
                evidence=shown(authentication, at=at),
                at=at,
                source_address="",
                user_agent="",
            )
        self.set_cookie(self.names.session, started.token)
        return started.sid

    def get(self, url: str, **values: Any) -> Response:
        """A GET of this browser."""
        return self.client.get(url, **values)

    def authorize(self, **changes: str | None) -> Response:
        """GET /authorize with usual parameters; `None` leaves one out."""
        return self.client.get("/authorize", params=parameters(**changes))

    def code(self, **changes: str | None) -> str:
        """The code that /authorize gives at once."""
        answer = answer_of(self.authorize(**changes))
        assert "code" in answer, answer
        return answer["code"]

    def redeem(self, code: str, **changes: str | None) -> Response:
        """POST /token with the code, as the confidential client `rp`."""
        fields: dict[str, Any] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return self.token(**{**fields, **changes})

    def token(self, *, client_id: str = "rp", secret: str = SECRET, **fields: Any) -> Response:
        """POST /token with client_secret_basic."""
        sent = {name: value for name, value in fields.items() if value is not None}
        return self.client.post("/token", data=sent, headers=basic(client_id, secret))

    def userinfo(self, token: str) -> Response:
        """GET /userinfo with the token in the header."""
        return self.client.get("/userinfo", headers={"Authorization": f"Bearer {token}"})


def parameters(**changes: str | None) -> dict[str, str]:
    """The parameters of a usual authorization request."""
    usual = {
        "client_id": "rp",
        "redirect_uri": REDIRECT,
        "response_type": "code",
        "scope": "openid profile",
        "state": "st4te",
        "nonce": "n0nce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def answer_of(response: Response) -> dict[str, str]:
    """The parameters of an authorization response; fails unless it goes to the relying party."""
    assert response.status_code == 303, (response.status_code, response.text)
    location = response.headers["location"]
    assert location.startswith(REDIRECT), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """An Authorization header; both parts are form-encoded first (RFC 6749 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def page_of(response: Response) -> tuple[UUID, str]:
    """The interaction and the sign-in page a response leads to."""
    assert response.status_code == 303, (response.status_code, response.text)
    _, room, interaction_id, page = response.headers["location"].split("/", 3)
    assert room == "signin"
    return UUID(interaction_id), page


@pytest.fixture(scope="session")
def generated_keys() -> dict[str, RSAKey | ECKey]:
    """Keys made once: making an RSA key takes longer than most tests."""
    return {alg: generate_key(alg) for alg in ALGORITHMS}


@pytest.fixture
def world(settings: Settings, generated_keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    """The protocol over a database of this test alone."""
    with serving(settings, generated_keys) as world:
        yield world


@pytest.fixture(scope="module")
def shared_world(
    module_settings: Settings,
    generated_keys: dict[str, RSAKey | ECKey],
) -> Iterator[World]:
    """One with the client `rp`, for the tests of a file that do not ask what was recorded."""
    with serving(module_settings, generated_keys) as world:
        world.party()
        yield world


@contextmanager
def serving(settings: Settings, generated_keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    """The protocol's routes over that database."""
    app = room_app(settings, router)
    runtime = app.state.runtime
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("idp.keys.creation.generate_key", generated_keys.__getitem__)
        runtime.signing_keys.start()
    yield World(runtime.engine, app, settings)
    runtime.engine.dispose()
