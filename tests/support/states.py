"""A world in which everyone who may ask for a page asks: one application, one person per state.

Each request has a browser and a session of its own: what one ends is not missed by the next.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from idp.app import create_app
from idp.catalogue.models import PublicService
from idp.consents.changes import grant_consent
from idp.factors.kinds import PASSWORD, TOTP
from idp.figures.days import month_start
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.kit.secrets import base64url, new_token
from idp.mandates.models import Mandate
from idp.mandates.roles import StaffRole
from idp.personal_data.models import RequestKind
from idp.relying_parties.dynamic import issue_initial_token
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyLogo,
    RelyingPartyService,
    RelyingPartyState,
)
from idp.relying_parties.scopes import ADOPTION_READ, released_claims
from idp.sessions.evidence import shown_at
from idp.sessions.start import StartedSession, start_session
from idp.settings import Settings
from idp.settings.protocol import RegistrationSettings
from idp.web.cookies import CookieNames
from idp.web.part import Site
from tests.architecture.route_states import ASKED, CLIENT, State
from tests.figures.frozen import publish_country
from tests.support.app import part_of
from tests.support.country import SECRET, found_country
from tests.support.data_requests import add_data_request
from tests.support.people import add_agency, add_person, equip_staff
from tests.support.staff import give_post, open_office

A_WHILE = timedelta(minutes=30)
"""Longer ago than what is fresh, and less than a session may idle."""
BY_SECRET = ("ministry", SECRET)
LOGO_HASH = bytes(32)
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""Of the code challenge in `ASKED` (RFC 7636 appendix B)."""
_NUMBER = "001190000001"
_POSTS = {
    State.DEVELOPER: (StaffRole.AGENCY_DEVELOPER,),
    State.OWNER: (StaffRole.AGENCY_OWNER,),
    State.OPERATOR: (StaffRole.OPERATOR,),
    State.ONE_FACTOR: (StaffRole.AGENCY_OWNER, StaffRole.OPERATOR),
    State.STALE: (StaffRole.AGENCY_OWNER, StaffRole.OPERATOR),
}
_KEPT = """
SELECT (SELECT array_agg(p::text) FROM relying_party p WHERE p.id = :party)::text,
       (SELECT array_agg(s.sid::text || coalesce(s.ended_at::text, '') ORDER BY s.sid)
        FROM sign_in_session s WHERE s.person_id = :person)::text,
       (SELECT array_agg(c::text) FROM consent c WHERE c.person_id = :person)::text,
       (SELECT array_agg(a.id::text ORDER BY a.id) FROM authenticator a
        WHERE a.person_id = :person AND a.confirmed_at IS NOT NULL)::text,
       (SELECT array_agg(i::text) FROM interaction i WHERE i.id = :interaction)::text
"""


@dataclass
class Browser:
    """One browser, at our own pages."""

    client: TestClient
    csrf_token: str

    def get(self, path: str, **query: str) -> Response:
        """Open a page."""
        return self.send("GET", path, params=query)

    def post(self, path: str, **fields: str) -> Response:
        """Send a form that one of our pages showed here."""
        return self.send("POST", path, data={"csrf_token": self.csrf_token, **fields})

    def send(self, method: str, path: str, **values: Any) -> Response:
        """Any request."""
        headers = {"Sec-Fetch-Site": "same-origin", **values.pop("headers", {})}
        answer: Response = self.client.request(method, path, headers=headers, **values)
        return answer


@dataclass
class World:
    """The application over its database. `names` stand in addresses and fields."""

    app: FastAPI
    people: dict[State, UUID] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def transaction(self) -> Any:
        """A unit of work of the test's own."""
        return transaction(self.app.state.runtime.engine)

    def found(self) -> None:
        """Write the rows: an agency with an application, a person for every state, a consent."""
        runtime = self.app.state.runtime
        country = found_country(runtime.engine, settings=runtime.settings, keyring=runtime.keyring)
        with self.transaction() as db:
            office = open_office(db, code="G12", service="1.001234")
            for state in set(State) - {State.ANONYMOUS, State.RELYING_PARTY}:
                self._add_person(db, state, office.agency_id)
            other = add_agency(db, code="G13")
            self._give_post(db, State.OTHER_STAFF, StaffRole.AGENCY_OWNER, other.id)
            ministry = db.get_one(RelyingParty, country.ministry_id)
            ministry.grant_types = [*ministry.grant_types, DEVICE_CODE, "client_credentials"]
            ministry.scope = f"{ministry.scope} {ADOPTION_READ}"
            self._agree(db, ministry.id)
            application = db.get_one(RelyingParty, country.province_id)
            application.system_id = office.system_id
            application.environment = Environment.SANDBOX
            token = issue_initial_token(
                db, system_code=office.system, uses=9, lifetime=timedelta(days=1), at=clock.now()
            )
            logo = {"picture_hash": LOGO_HASH, "picture": b"a picture"}
            db.add(RelyingPartyLogo(relying_party_id=ministry.id, **logo))
            last = month_start(clock.today("Asia/Ho_Chi_Minh"), months_before=1)
            month = f"{last:%Y-%m}"
            self.names = {
                "kind": "email",
                "part": "addresses",
                "client_id": application.client_id,
                "application": str(application.id),
                "relying_party": str(ministry.id),
                "name": "app.css",
                "digest": LOGO_HASH.hex(),
                "slug": "lost-phone",
                "place": "01",
                "agency_code": "G12",
                "system_code": office.system,
                "service_code": "1.001234",
                "token": "0" * 64,
                "month": month,
                "period": month,
                "version": "1",
                "file": "national.csv",
                "table": "national",
                "post_id": str(uuid4()),
                "entry_id": "999999999",
                "recovery_id": str(uuid4()),
                "batch_id": str(uuid4()),
                "request_id": str(self._ask(db)),
                "initial_token": token,
            }
        self.names["access_token"] = self._access_token()
        self.names["machine_token"] = self._machine_token()
        self.publish(months=2, agencies=[office.agency_id])

    def publish(self, *, months: int, agencies: Sequence[UUID]) -> None:
        """Freeze the last so many months, with figures of every province and of these agencies."""
        owner = make_engine(self.app.state.runtime.settings.database.owner_url)
        publish_country(owner, months=months, agencies=agencies)
        owner.dispose()

    def _ask(self, db: Session) -> UUID:
        """Somebody asked about their data."""
        return add_data_request(
            db,
            keyring=self.app.state.runtime.keyring,
            person_id=self.people[State.HALF_WAY],
            text="Xin bản sao.",
            kind=RequestKind.COPY,
        ).id

    def _add_person(self, db: Session, state: State, agency_id: UUID) -> None:
        person = add_person(db, name=_name(state))
        self.people[state] = person.id
        if state is not State.HALF_WAY:
            equip_staff(db, person, keyring=self.app.state.runtime.keyring)
        for role in _POSTS.get(state, ()):
            self._give_post(db, state, role, None if role is StaffRole.OPERATOR else agency_id)

    def _give_post(
        self, db: Session, state: State, role: StaffRole, agency_id: UUID | None
    ) -> None:
        now = clock.now()
        post = Mandate(
            person_id=self.people[state],
            role=role,
            agency_id=agency_id,
            valid_on=now.date() - timedelta(days=30),
            created_at=now,
        )
        give_post(db, post)

    def start(self, state: State) -> StartedSession:
        """A new session of the state's person."""
        at = clock.now() - (A_WHILE if state is State.STALE else timedelta(0))
        kinds = (PASSWORD,) if state in (State.ONE_FACTOR, State.HALF_WAY) else (PASSWORD, TOTP)
        with self.transaction() as db:
            return start_session(
                db,
                keyring=self.app.state.runtime.keyring,
                settings=self.app.state.runtime.settings.sessions,
                person_id=self.people[state],
                credentials_epoch=0,
                evidence=shown_at(at, *kinds),
                at=at,
                source_address="",
                user_agent="",
            )

    def browser(self, signed_in: State | None = None) -> Browser:
        """A new browser in which that person, or nobody, has signed in."""
        names, site, browser_id = (
            part_of(self.app, CookieNames),
            part_of(self.app, Site),
            new_token(),
        )
        cookies = {names.browser: browser_id}
        if signed_in in self.people:
            cookies[names.session] = self.start(signed_in).token
        client = TestClient(
            self.app,
            base_url=site.issuer.url,
            headers={"Accept": "text/html", "Accept-Language": "en"},
            follow_redirects=False,
            cookies=cookies,
        )
        token = base64url(hmac.digest(site.csrf_key, browser_id.encode(), "sha256"))
        return Browser(client, csrf_token=token)

    def begin(self, path: str, browser: Browser) -> str:
        """Begin in that browser the interaction that a page at this path is of; its id.

        A sign-in, at the ministry, goes on until somebody is named or what they have is shown.
        """
        if path.startswith("/device/"):
            asked = browser.send(
                "POST", "/device_authorization", data={"scope": "openid"}, auth=BY_SECRET
            )
            begun = browser.post("/device", user_code=asked.json()["user_code"])
        elif path.startswith("/end_session/"):
            begun = browser.post("/end_session")
            browser.get(begun.headers["location"])
        elif path.startswith("/sign-out/"):
            begun = browser.get("/end_session")
        else:
            begun = browser.get("/authorize", **ASKED)
            page = browser.get(begun.headers["location"])
            if 'name="identifier"' in page.text:
                browser.post(begun.headers["location"], identifier=_NUMBER)
        return next(part for part in begun.headers["location"].split("/") if len(part) == 36)

    def register(self) -> dict[str, str]:
        """Software that has just registered itself: its names."""
        bearer = {"Authorization": f"Bearer {self.names['initial_token']}"}
        made = self.browser().send("POST", "/register", json=dict(CLIENT), headers=bearer).json()
        token = made["registration_access_token"]
        return {"client_id": made["client_id"], "registration_token": token}

    def kept(self, interaction: str) -> tuple[Any, ...]:
        """What no other may change: the application, what `TWO_FACTORS` has, the interaction."""
        values: Mapping[str, object] = {
            "party": self.names["application"],
            "person": self.people[State.TWO_FACTORS],
            "interaction": interaction or None,
        }
        with self.transaction() as db:
            return tuple(db.execute(text(_KEPT), values).one())

    def reset(self, state: RelyingPartyState) -> None:
        """Put the application into that state, and let `TWO_FACTORS` have agreed again."""
        with self.transaction() as db:
            db.get_one(RelyingParty, UUID(self.names["application"])).state = state
            self._agree(db, UUID(self.names["relying_party"]))

    def strangers_on(self, page: str, *, reader: State | None) -> list[State]:
        """Whose name stands on a page that is not the reader's."""
        return [state for state in self.people if state is not reader and _name(state) in page]

    def _agree(self, db: Session, party_id: UUID) -> None:
        grant_consent(
            db,
            person_id=self.people[State.TWO_FACTORS],
            relying_party_id=party_id,
            scopes=[*ASKED["scope"].split(), *self._services_of(db, party_id)],
            claims=released_claims(ASKED["scope"].split()),
            evidence={},
        )

    @staticmethod
    def _services_of(db: Session, party_id: UUID) -> list[str]:
        """As the page names them."""
        held = select(RelyingPartyService.service_id).filter_by(relying_party_id=party_id)
        codes = select(PublicService.procedure_code).where(PublicService.id.in_(held))
        return [f"service:{code}" for code in db.scalars(codes)]

    def _access_token(self) -> str:
        """Of `TWO_FACTORS`, at the ministry."""
        browser = self.browser(State.TWO_FACTORS)
        answer = urlsplit(browser.get("/authorize", **ASKED).headers["location"])
        fields = {
            "grant_type": "authorization_code",
            "code": parse_qs(answer.query)["code"][0],
            "redirect_uri": ASKED["redirect_uri"],
            "code_verifier": _VERIFIER,
        }
        tokens = browser.send("POST", "/token", data=fields, auth=BY_SECRET).json()
        return str(tokens["access_token"])

    def _machine_token(self) -> str:
        """Of the ministry itself, which may read the figures."""
        fields = {"grant_type": "client_credentials", "scope": ADOPTION_READ}
        answer = self.browser().send("POST", "/token", data=fields, auth=BY_SECRET)
        return str(answer.json()["access_token"])


def _name(state: State) -> str:
    return f"Người {state.name}"


def whole_world(settings: Settings) -> World:
    """The whole application, where clients may register themselves, and its rows."""
    registration = RegistrationSettings(is_open=True)
    app = create_app(settings.model_copy(update={"registration": registration}))
    app.state.runtime.signing_keys.start()
    world = World(app)
    world.found()
    return world
