"""Slips of the pen in settings and commands: one line says what to write, and nothing is done."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from idp.kit.db import make_engine
from idp.settings import Settings
from idp.settings.people import CountrySettings
from tests.support.postgres import Database
from tests.support.served import environment_for

TOMORROW = (CountrySettings().today + timedelta(days=1)).strftime("%d/%m/%Y")
COUNT = ("adoption", "denominator", "residents")
SOURCE = ("--source", "Tổng cục Thống kê")
AGENCY = "code,tier,name_vi,name_en,valid_on\nG12,central,Bộ Một,Ministry One,01/01/2019\n"


@pytest.fixture
def owner(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.owner_url)
    yield engine
    engine.dispose()


def told(database: Database, *words: str, **settings: str) -> str:
    """What the command says last; it ends with the program's own words, never with a traceback."""
    environment = environment_for(database, issuer="http://localhost:8000", **settings)
    command = [sys.executable, "-m", "idp", *words]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.returncode in (1, 2) or not ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("serve", "--port", "70000"), "--port"),
        (("serve", "--port", "0", "--host", "no-such-host.invalid"), "there is no such host"),
        (("serve", "--metrics-port", "70000"), "--metrics-port"),
        (("rp", "initial-token", "SYS", "--hours", "99999999999"), "--hours"),
        ((*COUNT, "01/04/2019", "9" * 20, *SOURCE), "'value'"),
        ((*COUNT, TOMORROW, "96208984", *SOURCE), "Nothing was counted on a day to come"),
    ],
)
def test_a_mistyped_command_is_told_so(
    database: Database, words: tuple[str, ...], says: str
) -> None:
    """E7, D2: numbers of another size than there are, names that lead nowhere, days to come."""
    assert says in told(database, *words)


def test_the_same_command_is_done_as_it_is_meant(database: Database) -> None:
    assert told(database, *COUNT, "01/04/2019", "96208984", *SOURCE) == ""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("IDP_DATABASE__URL", "postgresql+psycopg://idp:pa#ss@localhost:abc/y", "must look like"),
        ("IDP_SERVER__TRUSTED_PROXIES", "10.0.0.0/8", "IDP_SERVER__TRUSTED_PROXIES: write JSON"),
        (
            "IDP_SERVER__TRUSTED_PROXIES",
            '["10.0.0.5/8"]',
            "IDP_SERVER__TRUSTED_PROXIES: Input is not a valid IPv4 network;",
        ),
        ("IDP_TOKENS__ACCESS_LIFETIME", "-PT10M", "access_lifetime must not be negative"),
        ("IDP_TOKENS__CODE_LIFETIME", "PT0S", "IDP_TOKENS__CODE_LIFETIME"),
        ("IDP_COUNTRY__TIME_ZONE", "Etc/GMT+7", "seven hours behind"),
        ("IDP_MAIL__HOST", "smtp.example:587", "IDP_MAIL__HOST"),
        ("IDP_MAIL__PORT", "70000", "IDP_MAIL__PORT"),
        ("IDP_SERVER__PORT_HEADER", "X-Client-Port:", "IDP_SERVER__PORT_HEADER"),
    ],
)
def test_a_mistyped_setting_is_named(database: Database, name: str, value: str, says: str) -> None:
    """E7: by its variable, in words, without what may be a secret."""
    said = told(database, "adoption", "denominators", **{name: value})
    assert says in said
    assert "pa#ss" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"country": {"time_zone": "Asia/Ho_Chi_Minh"}},
        {"mail": {"host": "smtp.example", "port": 465}},
        {"mail": {"host": "2001:db8::1"}},
        {"server": {"port_header": "X-Client-Port", "trusted_proxies": ["10.0.0.0/8"]}},
        {"tokens": {"code_lifetime": "PT1S", "pushed_request_lifetime": "PT1S"}},
        {"keys": {"rotate_every": "PT0S"}},
    ],
)
def test_a_setting_written_well_is_taken(given: dict[str, dict[str, str]]) -> None:
    assert Settings(environment="test", **given)  # type: ignore[arg-type]
