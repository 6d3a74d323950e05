"""E7: a variable that begins as ours do and is no setting is refused, whatever part is misspelt."""

import ast
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from idp.cli.secret_input import PASSWORD_VARIABLE
from idp.settings import Settings
from idp.settings.names import OTHERS

ROOT = Path(__file__).parents[1]
MISSPELT = {
    "IDP_TOKEN__CODE_LIFETIME": "IDP_TOKENS__CODE_LIFETIME",
    "IDP_TOKENS__CODE_LIFETIMES": "IDP_TOKENS__CODE_LIFETIME",
    "IDP_TOKENS_CODE_LIFETIME": "IDP_TOKENS__CODE_LIFETIME",
    "IDP_DATABSE__URL": "IDP_DATABASE__URL",
    "IDP_ENVIROMENT": "IDP_ENVIRONMENT",
    "idp_throtle__max_failures": "IDP_THROTTLE__MAX_FAILURES",
    "IDP_SECRET__LOOKUP_KEY": "IDP_SECRETS__LOOKUP_KEY",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_setting_is_refused_with_the_nearest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "a value that may be secret")
    with pytest.raises(ValidationError) as refused:
        Settings()
    [error] = refused.value.errors()
    assert f"{name.upper()} is no setting: did you mean {MISSPELT[name]}?" in error["msg"]
    assert "secret" not in error["msg"].lower() or "SECRET" in name


def test_every_misspelt_one_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDP_TOKEN__CODE_LIFETIME", "IDP_XYZZY"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(
        ValidationError, match=r"TOKEN__CODE_LIFETIME is no.*IDP_XYZZY is no setting\."
    ):
        Settings()


@pytest.mark.parametrize(
    "name",
    ["IDP_SERVICE_HOST", "IDP_SERVICE_PORT_HTTP", "IDP_PORT", "IDP_PORT_8000_TCP_ADDR", "IDPX"],
)
def test_what_others_set_is_theirs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: Kubernetes tells of a service named idp in such variables."""
    monkeypatch.setenv(name, "tcp://10.0.0.1:8000")
    monkeypatch.setenv("IDP_TOKENS__CODE_LIFETIME", "PT30S")
    monkeypatch.setenv("IDP_ISSUER", '{"url": "http://localhost:8000"}')
    assert Settings().tokens.code_lifetime.total_seconds() == 30


def test_the_list_of_other_variables_is_what_is_read() -> None:
    read = set(re.findall(r"\bIDP_\w+", (ROOT / "deploy" / "roles.sql").read_text()))
    for path in (ROOT / "idp" / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "envvar":
                read.add(ast.literal_eval(node.value))
    assert {*read, PASSWORD_VARIABLE} == OTHERS
