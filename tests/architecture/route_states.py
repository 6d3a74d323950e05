"""Who gets what at every route: the one table, a line for each route and method.

A line names the kind of its door and what those who are admitted get. What everyone else gets
stands with the kind. An answer is a status; a redirect also says where to, with `{id}` for any id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Who asks. Everyone signed in has a second factor, and has shown it unless it says not."""

    ANONYMOUS = "nobody signed in"
    HALF_WAY = "a sign-in under way"
    ONE_FACTOR = "one factor shown, with every post there is"
    STALE = "two factors, shown a while ago, with every post there is"
    TWO_FACTORS = "two factors"
    OTHER_PERSON = "another person"
    OTHER_STAFF = "staff of another agency"
    DEVELOPER = "developer of the agency"
    OWNER = "owner of the agency"
    OPERATOR = "operator"
    RELYING_PARTY = "the program itself"


ADMITTED = "admitted"
SIGN_IN = "303 /signin/{id}/identifier"

Kind = Mapping[State, str]
"""What each state gets; ADMITTED: what the line says."""


def _kind(usual: str, **others: str) -> Kind:
    return {state: others.get(state.name, usual) for state in State}


_UNPROVEN = dict.fromkeys(("ANONYMOUS", "HALF_WAY", "ONE_FACTOR"), SIGN_IN)
_STAFF = dict.fromkeys(("STALE", "DEVELOPER", "OWNER"), ADMITTED)

PUBLIC = _kind(ADMITTED)
"""The same for everyone, whoever is signed in."""
PROGRAM = _kind("401", RELYING_PARTY=ADMITTED)
"""For programs with a credential of their own: no cookie opens it."""
AUTHORIZE = _kind(
    "303 /signin/{id}/consent",
    **_UNPROVEN,
    RELYING_PARTY=SIGN_IN,
    TWO_FACTORS="303 https://rp.example/cb",
)
"""Where a sign-in at a service that needs LoA2 begins; `TWO_FACTORS` has agreed before."""
INTERACTION = _kind("400", HALF_WAY=ADMITTED)
"""A page of one interaction, in the browser that began it; `Line.signed_in` is who has signed in
there by then."""
RESUMED = _kind("400", HALF_WAY=ADMITTED)
"""Where the protocol takes an interaction up again, in the browser that began it."""
OWN = _kind(ADMITTED, **_UNPROVEN, RELYING_PARTY=SIGN_IN)
"""A page of one's own account."""
NEWCOMER = _kind(
    ADMITTED,
    **dict.fromkeys(("ANONYMOUS", "HALF_WAY", "RELYING_PARTY"), "303 /signin/{id}/register"),
)
"""The way to an account, for whoever has none here."""
FRESH = _kind(ADMITTED, **_UNPROVEN, RELYING_PARTY=SIGN_IN, STALE=SIGN_IN)
"""One that somebody who has just signed in may use."""
AGENCY = _kind("403", **_UNPROVEN, RELYING_PARTY=SIGN_IN, **_STAFF, OTHER_STAFF=ADMITTED)
"""A page of any agency's staff."""
OWN_AGENCY = {**AGENCY, State.OTHER_STAFF: "404"}
"""A page of one agency's application."""
HANDING_ON = {**OWN_AGENCY, State.DEVELOPER: "404"}
"""What is an owner's to do, not a developer's."""
SECRET = {**OWN_AGENCY, State.STALE: SIGN_IN}
"""What staff of one agency do there that cannot be undone, freshly signed in."""
CONSOLE = _kind("404", **_UNPROVEN, RELYING_PARTY=SIGN_IN, STALE=ADMITTED, OPERATOR=ADMITTED)
"""A page of operators."""
DECISION = {**CONSOLE, State.STALE: SIGN_IN}
"""What they do that cannot be undone, freshly signed in."""

SHARED = (PUBLIC, PROGRAM, OWN, FRESH)
"""Doors behind which everyone has their own: nobody changes there what is another's."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One route: its kind, what the admitted get, and what is sent to it.

    `fields` go into the query of a GET and the form of a POST; `{…}` in a value is a name of the
    world's. `credential` is what the program itself presents.
    """

    kind: Kind
    answer: str
    fields: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    signed_in: State | None = None
    credential: str = ""


def _public(answer: str, **fields: str) -> Line:
    return Line(kind=PUBLIC, answer=answer, fields=fields)


def _program(answer: str, *, by: str = "secret", **fields: str) -> Line:
    return Line(kind=PROGRAM, answer=answer, credential=by, fields=fields)


def _page(answer: str, *, by: State | None = None) -> Line:
    return Line(kind=INTERACTION, answer=answer, signed_in=by)


def _resumed(answer: str) -> Line:
    return Line(kind=RESUMED, answer=answer)


def _own(answer: str, **fields: str) -> Line:
    return Line(kind=OWN, answer=answer, fields=fields)


def _fresh(answer: str, **fields: str) -> Line:
    return Line(kind=FRESH, answer=answer, fields=fields)


def _agency(answer: str) -> Line:
    return Line(kind=AGENCY, answer=answer)


def _application(answer: str) -> Line:
    return Line(kind=OWN_AGENCY, answer=answer)


def _console(answer: str) -> Line:
    return Line(kind=CONSOLE, answer=answer)


def _decision(answer: str) -> Line:
    return Line(kind=DECISION, answer=answer)


CLIENT = {"redirect_uris": ["https://rp.example/cb"]}
ASKED = {
    "client_id": "ministry",
    "redirect_uri": "https://rp.example/cb",
    "response_type": "code",
    "scope": "openid profile",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}

TABLE: Mapping[str, Line] = {
    # what everyone may read
    "GET /": _public("200"),
    "GET /healthz": _public("200"),
    "GET /readyz": _public("200"),
    "GET /static/{name:path}": _public("200"),
    "GET /logos/{digest}.png": _public("200"),
    "GET /favicon.ico": _public("308 /static/favicon.svg"),
    "GET /number-is-mine": _public("200"),
    "GET /recovery": _public("200"),
    "GET /recovery/address": _public("200"),
    "GET /recovery/stop": _public("200"),
    "GET /recovery/back": _public("200"),
    "GET /recovery/stop/{token}": _public("200"),
    "GET /language": _public("303 /", to="vi"),
    "GET /account/data/schema": _public("200"),
    "GET /help": _public("200"),
    "GET /help/desks": _public("200"),
    "GET /help/{slug}": _public("200"),
    "GET /adoption": _public("200"),
    "GET /adoption/why": _public("200"),
    "GET /adoption/services": _public("200"),
    "GET /adoption/services/{service_code}": _public("200"),
    "GET /adoption/systems/{system_code}": _public("200"),
    "GET /adoption/scores": _public("200"),
    "GET /adoption/coverage": _public("200"),
    "GET /adoption/places": _public("200"),
    "GET /adoption/places/{place}": _public("200"),
    "GET /adoption/places.csv": _public("200"),
    "GET /adoption/places.json": _public("200"),
    "GET /adoption/places.xlsx": _public("200"),
    "GET /adoption/agencies": _public("200"),
    "GET /adoption/agencies/{agency_code}": _public("200"),
    "GET /adoption/groups": _public("200"),
    "GET /adoption/groups.csv": _public("200"),
    "GET /adoption/groups.json": _public("200"),
    "GET /adoption/groups.xlsx": _public("200"),
    "GET /adoption/businesses": _public("200"),
    "GET /adoption/businesses.csv": _public("200"),
    "GET /adoption/businesses.json": _public("200"),
    "GET /adoption/businesses.xlsx": _public("200"),
    "GET /adoption/agencies.csv": _public("200"),
    "GET /adoption/agencies.json": _public("200"),
    "GET /adoption/agencies.xlsx": _public("200"),
    "GET /adoption/actions": _public("200"),
    "GET /adoption/actions.csv": _public("200"),
    "GET /adoption/actions.json": _public("200"),
    "GET /adoption/actions.xlsx": _public("200"),
    "GET /adoption/data": _public("200"),
    "GET /adoption.xlsx": _public("200"),
    "GET /adoption/months": _public("200"),
    "GET /adoption/figures": _public("200"),
    "GET /adoption/today": _public("200"),
    "GET /adoption/definitions": _public("200"),
    "GET /adoption/targets": _public("200"),
    "GET /adoption.csv": _public("200"),
    "GET /adoption.json": _public("200"),
    "GET /adoption/data/catalog.jsonld": _public("200"),
    "GET /adoption/data/dictionary.json": _public("200"),
    "GET /adoption/data/latest/{file}": _public("200"),
    "GET /adoption/data/{month}/v{version}/{file}": _public("200"),
    "GET /adoption/report/{period}.pdf": _public("200"),
    "GET /adoption/report/{period}.docx": _public("200"),
    "GET /.well-known/openid-configuration": _public("200"),
    "GET /jwks": _public("200"),
    "GET /check_session": _public("200"),
    "OPTIONS /.well-known/openid-configuration": _public("204"),
    "OPTIONS /jwks": _public("204"),
    "OPTIONS /token": _public("204"),
    "OPTIONS /userinfo": _public("204"),
    "OPTIONS /revoke": _public("204"),
    # where interactions begin
    "GET /authorize": Line(kind=AUTHORIZE, answer="", fields=ASKED),
    "POST /authorize": _public("303 /authorize/resume/{id}", **ASKED),
    "GET /device": _public("200"),
    "POST /recovery/address": _public("303 /recovery"),
    "POST /recovery/address/code": _public("400"),
    "POST /recovery/address/second": _public("400"),
    "POST /recovery/address/passkey": _public("400"),
    "POST /recovery/address/wait": _public("400"),
    "POST /recovery/address/stop": _public("400"),
    "POST /recovery/address/anew": _public("303 /recovery/address"),
    "POST /recovery/address/password": _public("400"),
    "POST /recovery/back": _public("303 /recovery/back"),
    "POST /recovery/back/passkey": _public("303 /recovery/back"),
    "POST /recovery/stop": _public("303 /recovery/stop"),
    "POST /recovery/stop/{token}": _public("303 /recovery/stop"),
    "POST /device": _public("303 /device", user_code="BCDF-GHJK"),
    "GET /device/allowed": _public("200"),
    "GET /device/denied": _public("200"),
    "GET /end_session": _public("303 /sign-out/{id}"),
    "POST /end_session": _public("303 /end_session/resume/{id}"),
    # programs
    "POST /token": _program("200", grant_type="client_credentials"),
    "POST /par": _program("201", **ASKED),
    "POST /introspect": _program("200", token="{access_token}"),
    "POST /revoke": _program("200", token="of-nothing"),
    "POST /device_authorization": _program("200", scope="openid"),
    "GET /userinfo": _program("200", by="access_token"),
    "GET /api/adoption/months": _program("200", by="machine_token"),
    "GET /api/adoption/months/{month}": _program("200", by="machine_token"),
    "GET /api/adoption/months/{month}/{table}": _program("200", by="machine_token"),
    "POST /userinfo": _program("200", by="access_token"),
    "POST /register": Line(kind=PROGRAM, answer="201", credential="initial_token", json=CLIENT),
    "GET /register/{client_id}": _program("200", by="registration_token"),
    "PUT /register/{client_id}": Line(
        kind=PROGRAM,
        answer="200",
        credential="registration_token",
        json=CLIENT,
    ),
    "DELETE /register/{client_id}": _program("204", by="registration_token"),
    # pages of one interaction
    "GET /authorize/resume/{interaction_id}": _resumed(SIGN_IN),
    "GET /device/resume/{interaction_id}": _resumed(SIGN_IN),
    "GET /end_session/resume/{interaction_id}": _resumed("303 /sign-out/{id}"),
    "GET /signin/{interaction_id}/identifier": _page("200"),
    "POST /signin/{interaction_id}/identifier": _page("303 /signin/{id}/identifier"),
    "GET /signin/{interaction_id}/password": _page("200"),
    "POST /signin/{interaction_id}/password": _page("303 /signin/{id}/password"),
    "GET /signin/{interaction_id}/passkey": _page("303 /signin/{id}/otp", by=State.ONE_FACTOR),
    "POST /signin/{interaction_id}/passkey": _page("303 /signin/{id}/identifier"),
    "GET /signin/{interaction_id}/offer": _page("303 /signin/{id}/password"),
    "POST /signin/{interaction_id}/offer": _page("303 /signin/{id}/password"),
    "GET /signin/{interaction_id}/register": _page("200"),
    "POST /signin/{interaction_id}/register": _page("303 /signin/{id}/register"),
    "GET /signin/{interaction_id}/compare": _page("303 /signin/{id}/register"),
    "POST /signin/{interaction_id}/compare": _page("303 /signin/{id}/register"),
    "GET /signin/{interaction_id}/confirm": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/confirm": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/letter": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/letter": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/leave": _page("303 /authorize/resume/{id}"),
    "GET /signin/{interaction_id}/closed": _page("200", by=State.OTHER_PERSON),
    "POST /signin/{interaction_id}/closed": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/otp": _page("200", by=State.ONE_FACTOR),
    "POST /signin/{interaction_id}/otp": _page("303 /signin/{id}/otp", by=State.ONE_FACTOR),
    "GET /signin/{interaction_id}/text-message": _page("303 /signin/{id}/otp", by=State.ONE_FACTOR),
    "POST /signin/{interaction_id}/text-message": _page(
        "303 /signin/{id}/otp", by=State.ONE_FACTOR
    ),
    "GET /signin/{interaction_id}/recovery-code": _page(
        "303 /signin/{id}/otp", by=State.ONE_FACTOR
    ),
    "POST /signin/{interaction_id}/recovery-code": _page(
        "303 /signin/{id}/otp", by=State.ONE_FACTOR
    ),
    "GET /signin/{interaction_id}/codes": _page("303 /signin/{id}/otp", by=State.ONE_FACTOR),
    "POST /signin/{interaction_id}/codes": _page("303 /signin/{id}/codes", by=State.ONE_FACTOR),
    "GET /signin/{interaction_id}/enrol": _page("200", by=State.HALF_WAY),
    "POST /signin/{interaction_id}/enrol": _page("303 /signin/{id}/enrol", by=State.HALF_WAY),
    "GET /signin/{interaction_id}/enrol-passkey": _page("200", by=State.HALF_WAY),
    "POST /signin/{interaction_id}/enrol-passkey": _page(
        "303 /signin/{id}/enrol-passkey", by=State.HALF_WAY
    ),
    "GET /signin/{interaction_id}/enrol-text": _page("303 /signin/{id}/enrol", by=State.HALF_WAY),
    "POST /signin/{interaction_id}/enrol-text": _page("303 /signin/{id}/enrol", by=State.HALF_WAY),
    "GET /signin/{interaction_id}/representing": _page("200", by=State.OTHER_PERSON),
    "POST /signin/{interaction_id}/representing": _page(
        "303 /signin/{id}/representing", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/contact/{kind}": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/contact/{kind}": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/contact/{kind}/code": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/contact/{kind}/without": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/contact/{kind}/without": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/consent": _page("200", by=State.OTHER_PERSON),
    "POST /signin/{interaction_id}/consent": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /signin/{interaction_id}/unmet": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "POST /signin/{interaction_id}/unmet": _page(
        "303 /authorize/resume/{id}", by=State.OTHER_PERSON
    ),
    "GET /sign-out/{interaction_id}": _page("200", by=State.OTHER_PERSON),
    "POST /sign-out/{interaction_id}": _page("303 /sign-out/{id}/done", by=State.OTHER_PERSON),
    "POST /sign-out/{interaction_id}/satisfaction": _page(
        "303 /sign-out/{id}", by=State.OTHER_PERSON
    ),
    "GET /sign-out/{interaction_id}/done": _page("200", by=State.OTHER_PERSON),
    # one's own account
    "GET /account": _own("200"),
    "POST /account/satisfaction": _own("303 /account"),
    "GET /account/register": Line(kind=NEWCOMER, answer="303 /account"),
    "GET /account/activity": _own("200"),
    "GET /account/activity/{entry_id}/not-me": _fresh("303 /account/activity"),
    "POST /account/activity/{entry_id}/not-me": _fresh("303 /account/activity"),
    "GET /account/not-me/password": _own("303 /account/password"),
    "POST /account/not-me/password": _own("303 /account/password"),
    "GET /account/close": _fresh("200"),
    "POST /account/close": _fresh("303 /account/close"),
    "GET /account/closing": _own("303 /account"),
    "POST /account/closing": _own("303 /account/closing"),
    "GET /account/data": _fresh("200"),
    "POST /account/data/file": _fresh("200"),
    "GET /account/data/requests": _own("200"),
    "GET /account/data/requests/{request_id}": _own("303 /account/data/requests"),
    "POST /account/data/requests": _own("303 /account/data/requests"),
    "GET /account/details": _own("200"),
    "GET /account/factor": _own("200"),
    "GET /account/codes": _fresh("200"),
    "POST /account/codes": _own("303 /account/codes"),
    "GET /account/receipts": _own("200"),
    "GET /account/services": _own("200"),
    "POST /account/services/withdraw": _own(
        "303 /account/services", relying_party="{relying_party}"
    ),
    "GET /account/sessions": _own("200"),
    "POST /account/sessions/end": _fresh("303 /account/sessions", sid="{sid}"),
    "POST /account/sessions/end-others": _fresh("303 /account/sessions"),
    "GET /account/sessions/end-all": _fresh("200"),
    "POST /account/sessions/end-all": _fresh("303 /"),
    "GET /account/confirm": _own("303 /account/details"),
    "GET /account/letter": _own("303 /account/details"),
    "GET /account/desk-code": _own("200"),
    "POST /account/desk-code": _own("303 /account/desk-code"),
    "GET /account/text-step": _fresh("303 /account/factor"),
    "POST /account/text-step": _fresh("303 /account/factor"),
    "GET /account/phone": _fresh("200"),
    "POST /account/phone": _fresh("303 /account/phone"),
    "POST /account/phone/code": _fresh("303 /account/phone"),
    "POST /account/phone/undo": _fresh("303 /account/phone"),
    "GET /account/email": _fresh("200"),
    "POST /account/email": _fresh("303 /account/email"),
    "POST /account/email/code": _fresh("303 /account/email"),
    "POST /account/email/undo": _fresh("303 /account/email"),
    "GET /account/password": _fresh("200"),
    "POST /account/password": _fresh("303 /account/password"),
    "GET /account/factor/new": _fresh("200"),
    "POST /account/factor/new": _fresh("303 /account/factor/new"),
    "POST /account/factor/not-mine": _fresh("303 /account/factor"),
    "GET /account/passkey": _fresh("200"),
    "POST /account/passkey": _fresh("303 /account/passkey"),
    "GET /account/way": _fresh("303 /account/factor"),
    "POST /account/way": _fresh("303 /account/factor"),
    # staff of agencies
    "GET /portal": _agency("200"),
    "GET /portal/new": _agency("200"),
    "POST /portal/new": _agency("303 /portal/new"),
    "GET /portal/applications/{client_id}": _application("200"),
    "GET /portal/services": _agency("200"),
    "GET /portal/figures": _agency("200"),
    "POST /portal/figures/digest": Line(
        kind=OWN_AGENCY, answer="303 /portal/figures", fields={"agency": "{agency_code}"}
    ),
    "GET /portal/figures.csv": _agency("200"),
    "GET /portal/figures.xlsx": _agency("200"),
    "GET /portal/lists": _agency("200"),
    "GET /portal/lists/{system_code}": _application("200"),
    "POST /portal/lists/{system_code}": _application("303 /portal/lists/G12.web"),
    "GET /portal/applications/{client_id}/configuration": _application("200"),
    "GET /portal/applications/{client_id}/edit/{part}": _application("200"),
    "POST /portal/applications/{client_id}/edit/{part}": _application(
        "303 /portal/applications/{id}/edit/addresses"
    ),
    "GET /portal/applications/{client_id}/production": _application("200"),
    "POST /portal/applications/{client_id}/production": _application(
        "303 /portal/applications/{id}/production"
    ),
    "GET /portal/applications/{client_id}/secret": _application("200"),
    "POST /portal/applications/{client_id}/secret": Line(
        kind=SECRET, answer="303 /portal/applications/{id}"
    ),
    "GET /portal/applications/{client_id}/secret/made": Line(
        kind=SECRET, answer="303 /portal/applications/{id}"
    ),
    "POST /portal/applications/{client_id}/submit": Line(
        kind=HANDING_ON, answer="303 /portal/applications/{id}"
    ),
    "GET /portal/applications/{client_id}/testers": _application("200"),
    "POST /portal/applications/{client_id}/testers": _application(
        "303 /portal/applications/{id}/testers"
    ),
    "POST /portal/applications/{client_id}/testers/remove": _application(
        "303 /portal/applications/{id}/testers"
    ),
    # operators
    "GET /console": _console("200"),
    "GET /console/applications": _console("200"),
    "GET /console/staff": _console("200"),
    "GET /console/figures": _console("200"),
    "GET /console/figures.csv": _console("200"),
    "GET /console/figures.xlsx": _console("200"),
    "POST /console/staff/{post_id}/confirm": _decision("303 /console/staff"),
    "POST /console/staff/{post_id}/refuse": _decision("303 /console/staff"),
    "GET /console/disowned": _console("200"),
    "POST /console/disowned/{entry_id}/answer": _console("303 /console/disowned"),
    "GET /console/recoveries": _console("200"),
    "POST /console/recoveries/{recovery_id}/refuse": _decision("303 /console/recoveries"),
    "GET /console/keys": _console("200"),
    "GET /console/letters": _decision("200"),
    "POST /console/letters/print": _decision("303 /console/letters"),
    "POST /console/letters/returned": _decision("303 /console/letters"),
    "GET /console/letters/batch/{batch_id}": _decision("303 /console/letters"),
    "GET /console/letters/batch/{batch_id}/pages": _decision("303 /console/letters"),
    "GET /console/letters/batch/{batch_id}/file": _decision("303 /console/letters"),
    "POST /console/letters/batch/{batch_id}/confirm": _decision("303 /console/letters"),
    "POST /console/letters/batch/{batch_id}/again": _decision("303 /console/letters"),
    "GET /console/requests": _console("200"),
    "GET /console/requests/{request_id}": _console("200"),
    "POST /console/requests/{request_id}/answer": _decision("303 /console/requests/{id}"),
    "POST /console/requests/{request_id}/extend": _decision("303 /console/requests/{id}"),
    "POST /console/requests/{request_id}/finish": _decision("303 /console/requests/{id}"),
    "GET /console/people": _decision("200"),
    "POST /console/people/prove": _decision("303 /console/people"),
    "POST /console/people/confirm-app": _decision("303 /console/people"),
    "POST /console/people/lost": _decision("303 /console/people"),
    "POST /console/people/reclaim": _decision("303 /console/people"),
    "GET /console/people/sheet": _decision("303 /console/people"),
    "POST /console/people/sheet": _decision("303 /console/people"),
    "GET /console/applications/{client_id}": _console("200"),
    "POST /console/applications/{client_id}/approve": _decision("303 /console/applications/{id}"),
    "POST /console/applications/{client_id}/changes": _decision("303 /console/applications/{id}"),
    "POST /console/applications/{client_id}/suspend": _decision("303 /console/applications/{id}"),
    "POST /console/applications/{client_id}/resume": _decision("303 /console/applications/{id}"),
}
