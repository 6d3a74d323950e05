"""Whoever nobody knows writes so much and no more, at every door, and in nobody else's place.

G12: the doors are the application's routes. Each is opened again and again from one address by
browsers that were never seen before; after a while no table grows. Rations, which are a process's
own, are out of the way: what counts stands in the database, and so holds for all processes.
"""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from httpx2 import Response
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import func, literal, select, union_all
from starlette.testclient import TestClient

from idp.app import create_app
from idp.interactions.opening import Opening, open_interaction
from idp.kit.db import transaction
from idp.kit.rationing import Ration
from idp.kit.secrets import new_token, token_hash
from idp.relying_parties.grant_types import DEVICE_CODE
from idp.schema import metadata
from idp.settings import Settings
from idp.settings.people import ThrottleSettings
from idp.settings.protocol import DeviceSettings, RegistrationSettings
from idp.web.cookies import CookieNames
from idp.web.part import Site
from tests.oidc.conftest import ISSUER, REDIRECT, World, basic, parameters
from tests.oidc.conftest import generated_keys as generated_keys  # noqa: PLC0414 - a fixture
from tests.oidc.dpop import proof
from tests.support.app import change_part, part_of

MOST = 3
FIRST, MORE = 3 * MOST, MOST
"""How often a door is opened before its tables are looked at, and between two looks."""
NOBODYS = "guessed-by-a-stranger"
_numbers = count(100_000)


@dataclass
class Stranger:
    """A source whose requests come from ever new browsers, each with a sign-in begun if need be."""

    world: World
    address: str
    visits: list[tuple[str, str]] = field(default_factory=list)

    def prepare(self, visits: int) -> None:
        """Begin sign-ins elsewhere, so that they are not what is counted."""
        opening = Opening(
            return_path="/authorize/resume/{id}", lifetime=self.world.settings.sessions.interaction
        )
        with transaction(self.world.engine) as db:
            for _ in range(visits):
                browser = new_token()
                begun = open_interaction(db, opening, browser_hash=token_hash(browser))
                self.visits.append((str(begun.id), browser))

    def send(self, method: str, path: str, *, browser: str = "", **values: Any) -> Response:
        """One request; `own` are the fields of a form that one of our pages showed."""
        app, own, browser = self.world.app, values.pop("own", None), browser or new_token()
        client = TestClient(
            app, base_url=ISSUER, follow_redirects=False, client=(self.address, 4711)
        )
        client.cookies.set(part_of(app, CookieNames).browser, browser, domain="localhost.local")
        if own is not None:
            token = hmac.digest(part_of(app, Site).csrf_key, browser.encode(), "sha256").hex()
            values["data"] = {"csrf_token": token, **own}
        return client.request(method, path, **values)

    def sign_in(self, *forms: tuple[str, dict[str, str]]) -> Response:
        """Send these forms, one after the other, in one of the sign-ins begun before."""
        interaction, browser = self.visits.pop()
        answers = [
            self.send("POST", f"/signin/{interaction}/{page}", own=fields, browser=browser)
            for page, fields in forms
        ]
        return answers[-1]


Call = Callable[[Stranger], Response]


def get(path: str, **params: Any) -> Call:
    return lambda stranger: stranger.send("GET", path, params=params)


def post(path: str, guessing: str = "", **fields: Any) -> Call:
    """A form, perhaps with a guess at the secret of a client."""
    headers = basic(guessing, NOBODYS) if guessing else {}
    return lambda stranger: stranger.send("POST", path, data=fields, headers=headers)


def signed_in(*forms: tuple[str, Callable[[str], dict[str, str]]]) -> Call:
    """Each time about another citizen number, which nobody holds."""

    def call(stranger: Stranger) -> Response:
        number = f"001190{next(_numbers)}"
        return stranger.sign_in(*((page, fields(number)) for page, fields in forms))

    return call


def proven(**fields: str) -> Call:
    """As the public client `app`, with a fresh proof of a key nobody knows."""
    return lambda stranger: stranger.send(
        "POST", "/token", data={"client_id": "app", **fields}, headers={"DPoP": proof()}
    )


IDENTIFIER = ("identifier", lambda number: {"identifier": number})
PASSWORD = ("password", lambda _number: {"password": "wrong horse battery staple"})
REGISTER = (
    "register",
    lambda number: {
        "number": number,
        "name": "Nguyễn Thị Hoa",
        "birthdate": "1990-05-17",
        "sex": "female",
        "password": "sớm mai gà gáy bên sông",
        "password_again": "sớm mai gà gáy bên sông",
    },
)
ANYWAY = ("compare", lambda _number: {"register": "yes"})
CODE = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": "v" * 50}
PUBLIC = {"client_id": "app", "redirect_uri": REDIRECT}
MACHINE = {"grant_type": "client_credentials"}
BEARER = {"Authorization": "Bearer nobodys"}

CALLS: dict[str, tuple[Call, ...]] = {
    "GET /authorize": (
        get("/authorize", **parameters()),
        get("/authorize", **parameters(prompt="none")),
        get("/authorize", **parameters(scope="profile")),
        get("/authorize", **parameters(scope="profile", prompt="none")),
        get("/authorize", **parameters(client_id="unknown")),
        get("/authorize", **parameters(redirect_uri="https://rp.example/other")),
        get("/authorize", **parameters(request="a.b.c")),
        get("/authorize", **parameters(request_uri="urn:ietf:params:oauth:request_uri:x")),
    ),
    "POST /authorize": (
        post("/authorize", **parameters()),
        post("/authorize", **parameters(prompt="none")),
        post("/authorize", **parameters(client_id="unknown")),
    ),
    "POST /par": (
        post("/par", **parameters(**PUBLIC)),
        post("/par", **parameters(**PUBLIC, scope="profile")),
        post("/par", **parameters(client_id="unknown")),
        post("/par", "rp", **parameters()),
        lambda stranger: stranger.send(
            "POST", "/par", data=parameters(**PUBLIC), headers={"DPoP": proof(path="/par")}
        ),
    ),
    "POST /device_authorization": (
        post("/device_authorization", client_id="app", scope="openid"),
        post("/device_authorization", client_id="app", scope="profile"),
        post("/device_authorization", client_id="unknown"),
        post("/device_authorization", "rp", scope="openid"),
    ),
    "POST /token": (
        post("/token", **MACHINE, client_id="unknown"),
        post("/token", "rp", **MACHINE),
        post("/token", "rp", **CODE, code="x"),
        post("/token", client_id="app", **CODE, code="x"),
        post("/token", client_id="app", grant_type="refresh_token", refresh_token="x"),
        post("/token", client_id="app", grant_type=DEVICE_CODE, device_code="x"),
        post("/token", client_id="app", grant_type="unheard-of"),
        proven(**CODE, code="x"),
        proven(grant_type="refresh_token", refresh_token="x"),
        proven(grant_type=DEVICE_CODE, device_code="x"),
    ),
    "POST /introspect": (post("/introspect", "rp", token="x"), post("/introspect", token="x")),
    "POST /revoke": (post("/revoke", "rp", token="x"), post("/revoke", client_id="app", token="x")),
    "GET /userinfo": (lambda stranger: stranger.send("GET", "/userinfo", headers=BEARER),),
    "POST /userinfo": (post("/userinfo", access_token="nobodys"),),
    "POST /register": (
        lambda stranger: stranger.send("POST", "/register", json={}, headers=BEARER),
    ),
    "POST /device": (
        lambda stranger: stranger.send("POST", "/device", own={"user_code": "BCDF-GHJK"}),
    ),
    "POST /signin/{interaction_id}/identifier": (signed_in(IDENTIFIER),),
    "POST /signin/{interaction_id}/password": (signed_in(IDENTIFIER, PASSWORD),),
    "POST /signin/{interaction_id}/register": (signed_in(REGISTER),),
    "POST /signin/{interaction_id}/compare": (signed_in(REGISTER, ANYWAY),),
}
"""What strangers send where more comes of it than of an empty form; of our own forms, filled in."""


def calls_of(method: str, path: str) -> tuple[Call, ...]:
    """What is sent to a route: what stands in the table, else nothing, as a program and as ours."""
    filled = path
    for name in ("interaction_id", "client_id"):
        filled = filled.replace(f"{{{name}}}", str(uuid4()))
    empty: tuple[Call, ...] = (lambda stranger: stranger.send(method, filled),)
    if method == "POST":
        empty += (lambda stranger: stranger.send(method, filled, own={}),)
    return (*empty, *CALLS.get(f"{method} {path}", ()))


@pytest.fixture(scope="module")
def world(module_settings: Settings, generated_keys: dict[str, RSAKey | ECKey]) -> Iterator[World]:
    """The whole application, with small limits, and no rations."""
    small = {
        "throttle": ThrottleSettings(source_limit=MOST, sign_ins_per_source=MOST),
        "devices": DeviceSettings(waiting_per_source=MOST),
        "registration": RegistrationSettings(is_open=True),
    }
    settings = module_settings.model_copy(update=small)
    app = create_app(settings)
    runtime = app.state.runtime
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("idp.keys.creation.generate_key", generated_keys.__getitem__)
        runtime.signing_keys.start()
    world = World(runtime.engine, app, settings)
    endless = Ration(1_000_000)
    world.change(refusals=endless, audits=endless)
    change_part(app, Site, error_reports=endless)
    world.party()
    world.party(
        "app",
        application_type="native",
        token_endpoint_auth_method="none",
        client_secret_hash=None,
        grant_types=["authorization_code", "refresh_token", DEVICE_CODE],
    )
    yield world
    runtime.engine.dispose()


_ROWS = union_all(
    *(
        select(literal(table.name), func.count()).select_from(table)
        for table in metadata.sorted_tables
    )
)


def rows(world: World) -> Counter[str]:
    with transaction(world.engine) as db:
        return Counter({row[0]: row[1] for row in db.execute(_ROWS)})


def test_no_door_writes_for_ever_for_one_source_and_none_is_shut_to_another(world: World) -> None:
    """G12: each door of the application, at what it is worst at."""
    doors = [
        (f"{method} {route.path}", number, call)
        for route in world.app.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods)
        for number, call in enumerate(calls_of(method, route.path))
    ]
    assert {*CALLS} <= {door for door, _, _ in doors}, "a door that is no more"
    sources = (f"198.18.{n // 250}.{n % 250 + 1}" for n in count())
    endless, shut = [], []
    for door, number, call in doors:
        stranger, other = Stranger(world, next(sources)), Stranger(world, next(sources))
        if "/signin/" in door:
            stranger.prepare(FIRST + MORE)
            other.prepare(1)
        first, *_ = [call(stranger) for _ in range(FIRST)]
        before = rows(world)
        for _ in range(MORE):
            call(stranger)
        if grown := rows(world) - before:
            endless.append((door, number, dict(grown)))
        answer = call(other)
        if answer.status_code != first.status_code:
            shut.append((door, number, first.status_code, answer.status_code))
    assert endless == []
    assert shut == []
