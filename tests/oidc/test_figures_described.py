"""`deploy/adoption-api.yaml` describes `/api/adoption` as it is."""

from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from sqlalchemy import Engine

from idp.figures.open_tables import TABLES
from idp.oidc.endpoints.figures import router
from idp.relying_parties.scopes import INTERFACE_SCOPES
from tests.oidc.conftest import Browser
from tests.oidc.test_figures import MONTHS, ask, browser, newest, owner, token

__all__ = ["browser", "owner"]
FILE = Path(__file__).parents[2] / "deploy" / "adoption-api.yaml"


def described() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def test_every_address_scope_and_table_is_in_it() -> None:
    api = described()
    assert set(api["paths"]) == {route.path for route in router.routes}  # type: ignore[attr-defined]
    flow = api["components"]["securitySchemes"]["client"]["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == set(INTERFACE_SCOPES)
    [table] = [
        each["schema"]["enum"]
        for each in api["paths"][f"{MONTHS}/{{month}}/{{table}}"]["get"]["parameters"]
        if each.get("name") == "table"
    ]
    assert set(table) == set(TABLES)


def test_what_is_answered_is_what_it_says(browser: Browser, owner: Engine) -> None:
    api, sent, name = described(), token(browser), newest(owner).name
    for path, schema in (
        (MONTHS, "Months"),
        (f"{MONTHS}/{name}", "MonthWithTables"),
        *((f"{MONTHS}/{name}/{table}", "Table") for table in TABLES),
    ):
        answer = ask(browser, sent, path).json()
        whole = {**api, "$ref": f"#/components/schemas/{schema}"}
        Draft202012Validator(whole).validate(answer)
        assert not Draft202012Validator(whole).is_valid({**answer, "next": 1, "values": 1})
