"""What settings refuse, and that each of them stands in the documentation."""

import re
from base64 import b64encode, urlsafe_b64encode
from datetime import timedelta
from hashlib import md5, sha256, sha512
from os import mkfifo
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from idp.kit.errors import ConfigurationError
from idp.settings import Settings
from idp.settings.bounds import BOUNDS, Bound
from idp.settings.group import Group
from idp.settings.production import DEMANDS
from idp.settings.randomness import is_random
from idp.settings.server import IssuerSettings, ServerSettings
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
    "operator": {
        "name_vi": "Trung tâm Một",
        "name_en": "Centre One",
        "hotline": "1900 0000",
        "address_vi": "1 đường Một",
        "address_en": "1 First Street",
        "privacy_uri": "https://id.example/help/your-data",
        "terms_uri": "https://id.example/help/terms",
        "accessibility_uri": "https://id.example/help/accessibility",
    },
}


def secrets(*keys: str, lookup: str = LOOKUP, **besides: Any) -> dict[str, Any]:
    """That ring, and those secrets besides."""
    return {"secrets": {"encryption_keys": [*keys], "lookup_key": lookup, **besides}}


def test_production_starts_with_https_and_secrets_of_its_own() -> None:
    assert Settings(**PRODUCTION).is_production


UNBOUNDED = {
    "tokens": {"code_lifetime", "pushed_request_lifetime"},
    "keys": {"publish_for"},
    "passwords": {"argon2_memory_kib", "argon2_time"},
    "mail": {"port"},
    "recovery": {"wait"},
    "closing": {"undone_within"},
}
"""Amounts that are bounded anywhere, by another demand, or that are none."""
UNSAFE: dict[str, list[dict[str, Any]]] = {
    "who answers for this service": [
        {"operator": {**PRODUCTION["operator"], name: text}}
        for name in ("name_vi", "name_en", "address_vi", "address_en")
        for text in ("", " ", "a\nb")
    ],
    "OPERATOR__HOTLINE must": [{"operator": {**PRODUCTION["operator"], "hotline": ""}}],
    "OPERATOR__PRIVACY_URI": [
        {"operator": {**PRODUCTION["operator"], name: uri}}
        for name in ("privacy_uri", "terms_uri", "accessibility_uri")
        for uri in ("", "http://id.example/privacy", "https://localhost/privacy", "/privacy")
    ],
    "IDP_ISSUER__URL must begin": [{"issuer": {"url": "http://id.example"}}],
    "IDP_ISSUER__URL must name a host": [
        {"issuer": {"url": f"https://{host}"}}
        for host in ("localhost", "id.localhost", "127.0.0.2:8000", "[::1]")
    ]
    + [
        {"issuer": {"url": f"https://{rest}"}}
        for rest in (
            *("127.1", "2130706433", "0x7f000001", "0177.0.0.1", "10.0.0.1", "203.0.113.5"),
            *("203.0.113.5.", "1.2.3.0x4", "[::ffff:10.0.0.1]", "[2001:db8::1]", "[fe80::1%25a]"),
            *(
                "intranet",
                "id",
                "vn",
                "id.local",
                "id.internal",
                "id.lan",
                "1.0.0.127.in-addr.arpa",
            ),
            *("user@id.example", "user:word@id.example", "@id.example", "id.example@10.0.0.1"),
            *("id.example:443", "id.example:", "id.example:0", "id.example:70000", "id.example:08"),
            *(
                "id.example.",
                "id..example",
                ".id.example",
                "ID.example",
                "id.EXAMPLE",
                "-id.example",
            ),
            *("id_1.example", "id.example\\@x", "id.example%2e", "id.exa mple", "id.example\t"),
            *("một.example", "id。example", f"{'a.' * 130}example", f"{'a' * 64}.example"),
        )
    ],
    "IDP_ISSUER__ALLOWS_LOOPBACK must": [
        {"issuer": {"url": "https://id.example", "allows_loopback": True}}
    ],
    "IDP_MTLS__URL must": [
        {"mtls": {"url": url}} for url in ("http://mtls.id.example", "https://10.0.0.1")
    ],
    "each be random bytes": [
        {"secrets": {}},
        secrets(lookup=LOOKUP),
        secrets(KEY, lookup=""),
        secrets(KEY, "short"),
        secrets("demo-" + KEY),
        secrets("k" * 64),
        secrets(KEY, lookup="0123456789" * 4),
        secrets("abcabcd" * 6),
        secrets("abcdefghijklmnopqrstuvwxyz012345"),
        secrets("ZYXWVUTSRQPONMLKJIHGFEDCBA987654"),
        secrets("qwertyuiopasdfghjklzxcvbnm123456"),
        secrets("1qaz2wsx" * 4 + "3edc"),
        secrets(KEY[:8] * 4 + "x7"),
        secrets("aabbccddeeffgghhiijjkkllmmnnoopp"),
        secrets(KEY + "-ChangeMe"),
        *(
            secrets(KEY, lookup=words)
            for words in (
                "thequickbrownfoxjumpsoverthelazydog",
                "TheQuickBrownFoxJumpsOverTheLazyDogs",
                "CorrectHorseBatteryStapleAndNothing2026",
                "onedoor-lookup-key-production-2026",
                "LICENCESOFTHEMINISTRYOFTRANSPORT2026",
                "khong co gi quy hon doc lap tu do 1945",
                "4F1e8a90c27d5b364f1e8a90c27d5b36",
            )
        ),
        *(
            secrets(KEY, lookup=sha256(guess).hexdigest())
            for guess in (b"", b"\n", b"password\n", b"onedoor")
        ),
        secrets(KEY, lookup=sha256(b"").hexdigest().upper()),
        secrets(KEY, lookup=sha256(b"").hexdigest()[:32]),
        secrets(KEY, lookup=sha512(b"").hexdigest()),
        secrets(KEY, lookup=md5(b"").hexdigest()),
        secrets(KEY, lookup=b64encode(sha256(b"drawn").digest()).decode()),
        secrets(KEY, lookup=b64encode(sha256(b"").digest()).decode()),
        secrets(KEY, lookup=urlsafe_b64encode(sha256(b"test").digest()).decode()),
        secrets(KEY, journal_keys=("",)),
        secrets(KEY, journal_keys=(JOURNAL, "demo-" + JOURNAL)),
        secrets(KEY, other_lookup_keys=["short"]),
        secrets(KEY, subject_key="demo-" + OTHER),
    ],
    "IDP_MAIL__SECURITY must": [
        {"mail": {"host": "mail.example", "sender": "id@id.example", "security": "none"}}
    ],
    "IDP_SMS__URL must": [{"sms": {"url": "http://sms.example/messages", "key": KEY}}],
    "IDP_SMS__KEY must": [
        {"sms": {"url": "https://sms.example/messages", "key": key}} for key in ("", "short")
    ],
    "IDP_MAIL__SENDER must": [
        {"mail": {"host": "mail.example", "sender": sender}}
        for sender in (
            *("", "@", "id@", "@id.example", "id@localhost", "id@id", "id@id.example.", "OneDoor"),
            *(
                "id@10.0.0.1",
                "id id@id.example",
                "id@id.example\nBcc: a@b.example",
                "a@b@id.example",
            ),
        )
    ],
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
        {"database": {**DATABASE, "url": f"{LOCAL}?password=12345678"}},
        {"database": {**DATABASE, "url": f"{LOCAL}?password=qwertyuiop"}},
        {"database": {**DATABASE, "url": f"{LOCAL}?password=Zt4-mW9xL"}},
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
        {"database": {**DATABASE, "url": f"{LOCAL}?options=-csearch_path%3Dx"}},
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
    "SEALER_URL needs IDP_SECRETS": [{"database": DATABASE | SEALER}],
    "SEALER_URL needs IDP_JOURNAL": [
        {"database": DATABASE | SEALER, **secrets(KEY, journal_keys=(JOURNAL,)), **kept}
        for kept in (
            {},
            *({"journal": {"heads_file": file}} for file in ("heads.jsonl", "/dev/null", "/tmp")),
        )
    ],
    "TRUSTED_PROXIES names networks too wide": [
        {"server": {"trusted_proxies": [network]}}
        for network in (
            *("0.0.0.0/0", "128.0.0.0/1", "::/0", "8.0.0.0/8", "203.0.112.0/20", "2000::/16"),
            *(
                "fd00::/16",
                "2a00:1450::/32",
                "::ffff:0:0/96",
                "::ffff:10.0.0.0/104",
                "64:ff9b::/96",
            ),
            *(
                "0.0.0.0/8",
                "0.0.0.0/32",
                "224.0.0.0/8",
                "255.255.255.255/32",
                "::/128",
                "2002::/48",
            ),
        )
    ],
    "ASSURANCE__LEVELS must": [
        {
            "assurance": {
                "levels": [{"acr": a, "proofing": p, "authentication": f} for a, p, f in given]
            }
        }
        for given in (
            [],
            [("LoA1", 0, 0)],
            [("LoA1", 0, 1), ("LoA2", 0, 2)],
            [("LoA1", 0, 1), ("LoA2", 1, 1)],
            [("LoA1", 0, 1), ("LoA3", 1, 2)],
            [("LoA1", 0, 1), ("LoA4", 2, 2)],
            [("LoA1", 0, 1), ("LoA1", 0, 1)],
            [("LoA2", 1, 2), ("higher", 0, 2)],
            [("lowest", 0, 0)],
        )
    ],
    "THROTTLE__WAITS must": [
        {"throttle": {"waits": waits}}
        for waits in (
            *((), (0,), (0, 0, 59), (0, 300, 1), (0,) * 100 + (60,), (0,) * 10 + (60,)),
            (0, 60, 3601),
        )
    ],
    "CERTIFICATE_HEADER needs": [{"mtls": {"certificate_header": "X-Client-Cert"}}],
    "PRIVATE_NETWORKS must be narrow": [
        {"outbound": {"private_networks": [network]}}
        for network in (
            *("0.0.0.0/0", "127.0.0.0/8", "169.254.169.254/32", "::1/128", "fe80::/64"),
            *("::ffff:127.0.0.0/104", "64:ff9b::7f00:0/120", "0.0.0.0/32"),
        )
    ],
    "ARGON2_MEMORY_KIB": [
        {"passwords": {"argon2_memory_kib": 8}},
        {"passwords": {"argon2_time": 1}},
        {"passwords": {"argon2_memory_kib": 6 * 1024, "argon2_time": 16}},
    ],
    "MIN_LENGTH": [{"passwords": {"min_length": 14}}],
    "MAX_LENGTH": [{"passwords": {"max_length": 63}}],
    "CONFIRMATION_DELAY": [{"assurance": {"confirmation_delay": "PT23H"}}],
    "HARDWARE_FRESH": [{"assurance": {"hardware_fresh": "PT2H"}}],
    "ENROLMENT_FRESH": [{"assurance": {"enrolment_fresh": "PT6M"}}],
    "STAFF_FRESH": [{"sessions": {"staff_fresh": "PT16M"}}],
    "SOURCES_KEPT_FOR": [
        {"journal": {"sources_kept_for": kept}} for kept in ("PT1S", "P89D", "P36500D")
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
    amounts = {bound.says for bound in BOUNDS}
    others = [demand.says for demand in DEMANDS if demand.says not in amounts]
    seen = (*UNSAFE, "No variable that libpq reads")
    assert [says for says in others if not any(demand in says for demand in seen)] == []


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.says)
def test_production_takes_each_amount_between_its_bounds_alone(bound: Bound) -> None:
    """G16: the least and the most are taken; a little less and a little more is not."""

    def start(amount: Any) -> Settings:
        return Settings(**PRODUCTION | {bound.group: {bound.name: amount}})

    step: Any = timedelta(milliseconds=1) if isinstance(bound.least, timedelta) else 1
    for amount in (bound.least, bound.most):
        start(amount)
    too_little = [bound.least - step] if bound.least else []
    for amount in (*too_little, bound.most + step):
        with pytest.raises(ValidationError, match=re.escape(bound.says)):
            start(amount)


@pytest.mark.parametrize("group", [name for name, value in Settings() if isinstance(value, Group)])
def test_no_amount_is_without_a_bound(group: str) -> None:
    """G16: a new one says here, or in the table, what production takes."""
    values = getattr(Settings(), group)
    amounts = {name for name, value in values if type(value) in (int, timedelta)}
    bounded = {bound.name for bound in BOUNDS if bound.group == group}
    assert amounts - bounded == UNBOUNDED.get(group, set())


@pytest.mark.parametrize("network", ["10.0.0.1/8", "fd12:3456::1/32", "10.0.0.0/33", "10.1/16"])
def test_a_network_with_a_host_in_it_is_none(network: str) -> None:
    """G16: anywhere; whoever wrote it meant something else."""
    with pytest.raises(ValidationError):
        Settings(server=ServerSettings(trusted_proxies=(network,)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        *("https://id.gov.vn", "https://id.gov.vn:8443", "https://a.vn"),
        *("https://xn--mt-vma.xn--vit-5pa.vn", "https://id-1.0x7f.vn", "https://127.0.0.1.id.vn"),
    ],
)
def test_production_takes_an_issuer_by_its_name(url: str) -> None:
    """G16: the control of the odd ones above."""
    assert Settings(**PRODUCTION | {"issuer": {"url": url}, "mtls": {"url": url}}).is_production


def test_production_takes_higher_levels_and_others() -> None:
    """G16: the control of levels that stand for less than their names say."""
    levels = [("lowest", 0, 1), ("LoA2", 2, 2), ("LoA3", 2, 4), ("urn:highest", 2, 4)]
    given = [{"acr": a, "proofing": p, "authentication": f} for a, p, f in levels]
    assert Settings(**PRODUCTION | {"assurance": {"levels": given}}).is_production


def test_production_takes_any_secret_that_was_drawn() -> None:
    """G16: the control of those that were not: as the commands make them that people use."""
    drawn = Random(16)
    for _ in range(300):
        for secret in (drawn.randbytes(16).hex(), drawn.randbytes(32).hex().upper()):
            assert is_random(secret), secret


@pytest.mark.parametrize("sender", ["id@id.example", "Một Cửa ID <no-reply@mail.id.gov.vn>"])
def test_production_takes_a_sender_with_a_name(sender: str) -> None:
    """G16: the control of senders that are none."""
    assert Settings(**PRODUCTION | {"mail": {"host": "m.example", "sender": sender}}).is_production


@pytest.mark.parametrize("waits", [(0, 0, 1, 3, 5, 10, 30, 60, 300), (0,) * 9 + (60,), (60, 3600)])
def test_production_takes_waits_that_grow(waits: tuple[int, ...]) -> None:
    """G16: the control of those that never come, or never end."""
    assert Settings(**PRODUCTION | {"throttle": {"waits": waits}}).is_production


def test_production_keeps_heads_in_a_file(tmp_path: Path) -> None:
    """G16: one that is there, or that may be made; what forgets or is a folder is refused above."""
    made, pipe = tmp_path / "heads", tmp_path / "pipe"
    made.touch()
    mkfifo(pipe)
    sealing = {"database": DATABASE | SEALER, **secrets(KEY, journal_keys=(JOURNAL,))}
    for file in (made, tmp_path / "later"):
        assert Settings(**PRODUCTION | sealing | {"journal": {"heads_file": file}}).is_production
    with pytest.raises(ValidationError, match="no device"):
        Settings(**PRODUCTION | sealing | {"journal": {"heads_file": pipe}})


def test_production_takes_what_is_as_safe_as_the_defaults() -> None:
    """G16: the control: other values that meet every demand."""
    other = {
        "server": {
            "trusted_proxies": [
                *("10.0.0.0/8", "fd12:3456::/32", "127.0.0.1/32", "::1/128"),
                *("203.0.113.0/24", "2a00:1450:4000::/48"),
            ]
        },
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
        "user=other&password=Hb5-cD8fK",
    ],
)
def test_production_reads_a_query_as_the_driver_does(query: str) -> None:
    """G16: the control of hosts, roles and passwords that a query names."""
    database = {**DATABASE, "url": f"{LOCAL}?{query}"}
    assert Settings(**{**PRODUCTION, "database": database}).is_production


DOCUMENTED = re.findall(
    r"\w+",
    """
PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGREQUIREAUTH PGCHANNELBINDING
PGSERVICE PGSERVICEFILE PGOPTIONS PGAPPNAME PGSSLMODE PGREQUIRESSL PGSSLNEGOTIATION PGSSLCOMPRESSION
PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR PGSSLSNI PGREQUIREPEER
PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGMINPROTOCOLVERSION PGMAXPROTOCOLVERSION
PGGSSENCMODE PGKRBSRVNAME PGGSSLIB PGGSSDELEGATION PGCONNECT_TIMEOUT PGCLIENTENCODING
PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGDATESTYLE PGTZ PGGEQO PGSYSCONFDIR PGLOCALEDIR
PGOAUTHDEBUG
""",
)
"""Of PostgreSQL 18, "Environment Variables" of libpq."""


@pytest.mark.parametrize("name", DOCUMENTED)
def test_production_takes_nothing_that_libpq_reads_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """G16: it would go round what is demanded of the URLs; PGDATA is a server's."""
    monkeypatch.setenv("PGDATA", "/var/lib/postgresql")
    assert Settings(**PRODUCTION).is_production, "the control"
    monkeypatch.setenv(name, "")
    with pytest.raises(ValidationError, match="No variable that libpq reads"):
        Settings(**PRODUCTION)
    assert not Settings(**PRODUCTION | {"environment": "development"}).is_production


@pytest.mark.parametrize(
    ("name", "value", "demand"),
    [
        ("PGHOST", "192.0.2.7", "sslmode=verify-full"),
        ("PGHOSTADDR", "192.0.2.7", "sslmode=verify-full"),
        ("PGSERVICE", "far", "where they lead"),
        ("PGOPTIONS", "-csearch_path=x", "where they lead"),
        ("PGPASSWORD", "demo-app", "need passwords of their own"),
        ("PGUSER", "idp_owner", "another role"),
    ],
)
def test_production_judges_what_a_url_leaves_to_libpq(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, demand: str
) -> None:
    """G16: a URL without a host, role or password is judged as what it connects to."""
    alone = "postgresql+psycopg:///idp"
    changed = {**PRODUCTION, "database": {"url": alone, "owner_url": DATABASE["owner_url"]}}
    assert Settings(**changed).is_production, "the control: the socket of this machine"
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=demand):
        Settings(**changed)


def test_production_seals_with_a_role_and_a_key_of_their_own() -> None:
    """G16: the control; who only serves has neither, as `PRODUCTION` shows."""
    sealing = {
        "database": DATABASE | SEALER,
        "journal": {"heads_file": "/var/log/onedoor/heads.jsonl"},
        **secrets(KEY, journal_keys=(JOURNAL, JOURNAL[::-1])),
    }
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


@pytest.mark.parametrize(
    "rest", ["/sso", "/op/v1", "/a/../b", "//a", "/./a", "/%2e", "?realm=a", "#a", "/;a", "?", "#"]
)
@pytest.mark.parametrize("base", ["https://id.example", "http://localhost:8000"])
def test_an_issuer_with_a_path_is_refused_with_the_reason(base: str, rest: str) -> None:
    """C3: it started, and no link, form or cookie led anywhere."""
    with pytest.raises(ValidationError, match="IDP_ISSUER__URL must name a host"):
        Settings(issuer=IssuerSettings(url=base + rest), environment="test")
    with pytest.raises(ValidationError, match="at the root of a host"):
        Settings(issuer=IssuerSettings(url=f"{base}/sso"), environment="test")
    assert Settings(issuer=IssuerSettings(url=base), environment="test").issuer.url == base


def test_client_certificates_may_come_under_a_path() -> None:
    """C3, control: of that address the proxy takes it off; no page and no cookie is there."""
    url = "https://id.gov.vn/op/v1"
    assert Settings(**PRODUCTION | {"mtls": {"url": url}}).mtls.url == url


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
