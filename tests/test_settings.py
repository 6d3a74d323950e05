"""What settings refuse, and that each of them stands in the documentation."""

from typing import Any

import pytest
from pydantic import ValidationError

from idp.kit.errors import ConfigurationError
from idp.settings import Settings
from idp.settings.production import DEMANDS
from idp.settings.server import IssuerSettings
from tests.support.settings_page import PAGE, settings_page

KEY, LOOKUP = "4f1e8a90c27d5b36" * 2 + "9a", "0d7c3b9e61f4a852c0b7de1934fa6685"
OTHER = "5ab93f0c7e18d6249b7c30fe5d82a164"
JOURNAL = "b80e4d6a1c35f7920e9d4b6ac8135f72"
DATABASE = {
    "url": "postgresql+psycopg://idp_app:8sK2-vQp1@db/idp?sslmode=verify-full",
    "owner_url": "postgresql+psycopg://idp_owner:Zt4-mW9xL@db/idp?sslmode=verify-full",
}
SEALER = {"sealer_url": "postgresql+psycopg://idp_sealer:Qn7-rB3yH@db/idp?sslmode=verify-full"}
LOCAL = "postgresql+psycopg://idp_app:8sK2-vQp1@localhost/idp"
PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "issuer": {"url": "https://id.example"},
    "secrets": {"encryption_keys": [KEY], "lookup_key": LOOKUP},
    "database": DATABASE,
}


def secrets(*keys: str, lookup: str = LOOKUP, **besides: Any) -> dict[str, Any]:
    """That ring, and those secrets besides."""
    return {"secrets": {"encryption_keys": [*keys], "lookup_key": lookup, **besides}}


def test_production_starts_with_https_and_secrets_of_its_own() -> None:
    assert Settings(**PRODUCTION).is_production


UNSAFE: dict[str, list[dict[str, Any]]] = {
    "IDP_ISSUER__URL must begin": [{"issuer": {"url": "http://id.example"}}],
    "IDP_ISSUER__URL must name a host": [
        {"issuer": {"url": f"https://{host}"}}
        for host in ("localhost", "id.localhost", "127.0.0.2:8000", "[::1]")
    ],
    "each be random": [
        {"secrets": {}},
        secrets(lookup=LOOKUP),
        secrets(KEY, lookup=""),
        secrets(KEY, "short"),
        secrets("demo-" + KEY),
        secrets("k" * 64),
        secrets(KEY, lookup="0123456789" * 4),
        secrets("abcabcd" * 6),
        secrets(KEY + "-ChangeMe"),
        secrets(KEY, journal_keys=("",)),
        secrets(KEY, journal_keys=(JOURNAL, "demo-" + JOURNAL)),
        secrets(KEY, other_lookup_keys=["short"]),
        secrets(KEY, subject_key="demo-" + OTHER),
    ],
    "IDP_MAIL__SECURITY must": [
        {"mail": {"host": "mail.example", "sender": "id@id.example", "security": "none"}}
    ],
    "IDP_MAIL__SENDER must": [{"mail": {"host": "mail.example"}}],
    "all differ": [
        secrets(KEY, KEY),
        secrets(KEY, lookup=KEY),
        secrets(KEY, journal_keys=(KEY,)),
        secrets(KEY, journal_keys=(JOURNAL, JOURNAL)),
        secrets(KEY, other_lookup_keys=[LOOKUP], subject_key=LOOKUP),
        secrets(KEY, subject_key=KEY),
    ],
    "need passwords of their own": [
        {"database": {**DATABASE, "url": "postgresql+psycopg://idp_app:demo-app@db/idp"}},
        {"database": {**DATABASE, "owner_url": "postgresql+psycopg://o:demo-owner@db/idp"}},
        {"database": {**DATABASE, "url": "postgresql+psycopg://idp_app:a@db/idp"}},
        {"database": {**DATABASE, "sealer_url": "postgresql+psycopg://s:demo-sealer@db/idp"}},
        {"database": {**DATABASE, "url": f"{LOCAL}?password=demo-app"}},
        {"database": {**DATABASE, "url": "postgresql+psycopg:///idp?user=a&password=demo-app"}},
    ],
    "another role": [
        {"database": {"url": DATABASE["owner_url"], "owner_url": DATABASE["owner_url"]}},
        {"database": {**DATABASE, "sealer_url": DATABASE["url"]}},
        {"database": {**DATABASE, "sealer_url": DATABASE["owner_url"]}},
        {"database": {**DATABASE, "url": f"{LOCAL}?user=idp_owner"}},
    ],
    "where they lead": [
        {"database": {**DATABASE, "url": f"{LOCAL}?service=far"}},
        {"database": {**DATABASE, "url": f"{LOCAL}?service=far&sslmode=verify-full"}},
    ],
    "sslmode=verify-full": [
        {"database": {**DATABASE, name: f"postgresql+psycopg://role:8sK2-vQp1@{rest}"}}
        for name in ("url", "owner_url", "sealer_url")
        for rest in ("db/idp", "db/idp?sslmode=require", "10.0.0.1/idp?sslmode=verify-ca")
    ]
    + [
        {"database": {**DATABASE, "url": f"{LOCAL}?{query}"}}
        for query in (
            "hostaddr=203.0.113.5&sslmode=disable",
            "hostaddr=127.0.0.1,203.0.113.5",
            "host=db.far.example",
            "host=/tmp,db.far",
            "host=/tmp&host=db.far:5432",
            "host=db.far&sslmode=verify-full&sslmode=disable",
        )
    ],
    "SEALER_URL needs": [{"database": DATABASE | SEALER}],
    "TRUSTED_PROXIES names networks too wide": [
        {"server": {"trusted_proxies": [network]}}
        for network in ("0.0.0.0/0", "128.0.0.0/1", "::/0")
    ],
    "CERTIFICATE_HEADER needs": [{"mtls": {"certificate_header": "X-Client-Cert"}}],
    "PRIVATE_NETWORKS must be narrow": [
        {"outbound": {"private_networks": [network]}}
        for network in ("0.0.0.0/0", "127.0.0.0/8", "169.254.169.254/32", "::1/128", "fe80::/64")
    ],
    "ARGON2_MEMORY_KIB": [
        {"passwords": {"argon2_memory_kib": 8}},
        {"passwords": {"argon2_time": 1}},
        {"passwords": {"argon2_memory_kib": 6 * 1024, "argon2_time": 16}},
    ],
    "MIN_LENGTH": [{"passwords": {"min_length": 14}}, {"passwords": {"max_length": 63}}],
    "CONFIRMATION_DELAY": [{"assurance": {"confirmation_delay": "PT23H"}}],
    "ENROLMENT_FRESH": [
        {"assurance": {"enrolment_fresh": "PT6M"}},
        {"sessions": {"staff_fresh": "PT16M"}},
    ],
    "REQUIRES_PKCE": [{"registration": {"requires_pkce": False}}],
    "REGISTRATION__PROFILE": [{"registration": {"profile": "openid-legacy"}}],
    "IS_SYNTHETIC": [{"adoption": {"is_synthetic": True}}],
}


@pytest.mark.parametrize(
    ("demand", "change"),
    [(demand, change) for demand, changes in UNSAFE.items() for change in changes],
)
@pytest.mark.asvs("11.4.2", "12.2.1", "12.3.1", "12.3.4", "13.2.3")
def test_production_refuses_what_is_unsafe(demand: str, change: dict[str, Any]) -> None:
    """G16: and everywhere else the same may be tried out."""
    with pytest.raises(ValidationError, match=demand):
        Settings(**{**PRODUCTION, **change})
    assert not Settings(**{**PRODUCTION, **change, "environment": "development"}).is_production


def test_each_demand_of_production_was_seen_to_refuse() -> None:
    """G16: a demand added to the table needs a setting above that it refuses."""
    assert [demand.says for demand in DEMANDS if not any(d in demand.says for d in UNSAFE)] == []


def test_production_takes_what_is_as_safe_as_the_defaults() -> None:
    """G16: the control: other values that meet every demand."""
    other = {
        "server": {"trusted_proxies": ["10.0.0.0/8", "fd12:3456::/32"]},
        "mtls": {"certificate_header": "X-Client-Cert"},
        "outbound": {"private_networks": ["10.20.0.0/16"]},
        "mail": {"host": "127.0.0.1", "sender": "id@id.example", "security": "none"},
        "passwords": {"argon2_memory_kib": 47_104, "argon2_time": 1},
        "database": {"url": "postgresql+psycopg://idp_app@/idp?host=/run/postgresql"},
    }
    assert Settings(**{**PRODUCTION, **other, **secrets(KEY, KEY[::-1])}).is_production


@pytest.mark.parametrize("host", ["127.0.0.1:5432", "[::1]", "localhost", ""])
def test_production_takes_a_database_on_its_own_machine_as_it_is(host: str) -> None:
    """The control: nobody is between."""
    database = {"url": f"postgresql+psycopg://idp_app:8sK2-vQp1@{host}/idp"}
    assert Settings(**{**PRODUCTION, "database": database}).is_production


@pytest.mark.parametrize(
    "query",
    [
        "hostaddr=127.0.0.1",
        "host=/run/postgresql,localhost",
        "host=db.far&sslmode=verify-full",
        "user=other&password=Zt4-mW9xL",
    ],
)
def test_production_reads_a_query_as_the_driver_does(query: str) -> None:
    """G16: the control of hosts, roles and passwords that a query names."""
    database = {**DATABASE, "url": f"{LOCAL}?{query}"}
    assert Settings(**{**PRODUCTION, "database": database}).is_production


def test_production_seals_with_a_role_and_a_key_of_their_own() -> None:
    """G16: the control; who only serves has neither, as `PRODUCTION` shows."""
    sealing = {"database": DATABASE | SEALER, **secrets(KEY, journal_keys=(JOURNAL, JOURNAL[::-1]))}
    assert Settings(**{**PRODUCTION, **sealing}).is_production


def test_production_tells_all_faults_at_once() -> None:
    """G16: one start shows everything there is to change."""
    with pytest.raises(ValidationError) as refused:
        Settings(environment="production", issuer=IssuerSettings(url="http://id.example"))
    assert "(1) IDP_ISSUER__URL" in str(refused.value)
    assert "(2) IDP_SECRETS__" in str(refused.value)


def test_an_https_issuer_says_what_it_is() -> None:
    """G16: a forgotten IDP_ENVIRONMENT must not serve people as a development machine does."""
    public = IssuerSettings(url="https://id.example")
    with pytest.raises(ValidationError, match="IDP_ENVIRONMENT"):
        Settings(issuer=public)
    assert Settings(issuer=public, environment="development").issuer == public
    assert Settings(issuer=IssuerSettings(url="http://localhost:8000")).environment == "development"


def test_a_look_up_key_is_rotated_only_with_the_subjects_key_told() -> None:
    """G14: else every agency would see other subjects when the first look-up key has gone."""
    rolling = {**PRODUCTION["secrets"], "other_lookup_keys": [OTHER]}
    with pytest.raises(ConfigurationError, match="IDP_SECRETS__SUBJECT_KEY"):
        Settings(**{**PRODUCTION, "secrets": rolling}).secrets.keyring()
    before = Settings(**PRODUCTION).secrets.keyring()
    for lookup, other in ((LOOKUP, OTHER), (OTHER, LOOKUP)):
        rolled = {"lookup_key": lookup, "other_lookup_keys": [other], "subject_key": LOOKUP}
        after = Settings(**{**PRODUCTION, "secrets": {**rolling, **rolled}})
        assert after.secrets.keyring().lasting_hash("sid", "x") == before.lasting_hash("sid", "x")


@pytest.mark.parametrize("url", ["https://id.example/", "id.example", "ftp://id.example", ""])
def test_an_issuer_is_an_address_without_a_trailing_slash(url: str) -> None:
    with pytest.raises(ValidationError, match="IDP_ISSUER__URL"):
        Settings(issuer=IssuerSettings(url=url))


def test_a_changed_copy_is_read_as_it_stands() -> None:
    settings = Settings(**PRODUCTION)
    assert settings.is_production
    assert not settings.model_copy(update={"environment": "test"}).is_production


def test_the_page_of_settings_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), (
        "run: python -m tests.support.settings_page"
    )
