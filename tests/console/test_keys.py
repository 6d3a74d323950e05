"""The operators' page of security keys that count for more."""

from pathlib import Path

from fastapi import FastAPI

from idp.factors.key_models import read_models
from idp.factors.rules import FactorRules
from idp.web.part import Site
from tests.support.app import change_part
from tests.support.attesting import MODEL, NAME, Maker, listed
from tests.support.staff import BASE
from tests.support.visitor import Visitor

PATH = f"{BASE}/console/keys"


def test_it_shows_each_model_with_its_level_ten_on_a_page(
    app: FastAPI, operator: Visitor, tmp_path: Path
) -> None:
    assert 'href="/console/keys"' in operator.open(f"{BASE}/console").text
    assert "No model is listed" in operator.open(PATH).text
    entries = [Maker().entry(3, description=f"Key {nth:02}", aaguid=_id(nth)) for nth in range(10)]
    file = listed(tmp_path, Maker().entry(4, description=f"{NAME} <last>"), *entries)
    change_part(app, Site, factor_rules=FactorRules(models=read_models(file)))
    first, second = (operator.open(f"{PATH}?page={nth}").text for nth in (1, 2))
    assert "Key 09" in first
    assert NAME not in first
    assert f"{NAME} &lt;last&gt;" in second
    assert str(MODEL) in second
    assert "Key 01" not in second


def _id(nth: int) -> str:
    return f"{nth + 1:032x}"
