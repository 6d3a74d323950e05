"""Whatever any page, file or interface prints as a figure has a definition on the method page."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from idp.adoption.definitions_page import EVERY, find_definition
from idp.demo.seed import seed_country
from idp.figures.ladder import Step
from idp.figures.models import AdoptionFigure
from idp.figures.month_models import AdoptionAction, AdoptionSlice
from idp.figures.open_tables import TABLES
from idp.figures.sets import Figure
from idp.figures.slice_rows import _ADDED, CompanyState, Dimension, State
from idp.settings import Settings

ENGLISH = {"accept-language": "en"}
DEFINED = {name for each in EVERY for name in (each.figure, *each.names)}
OF_COLUMNS = {
    "registered": "REG",
    "active": "ACT",
    "uni_used": "UNI_USED",
    "residents": "POP",
    "began": "BEGAN",
    "succeeded": "SUCCEEDED",
    "sign_ins": "BEGUN",
    "percent": "T4p",
    "both_percent": "UNI_USED",
    "succeeded_percent": "SUCCEEDED",
    "value": "",
    "answers": "ANSWERS",
    "satisfied_percent": "SATISFIED",
}
"""Columns of open tables that are measures; of `value` the row says which."""


def stated() -> Iterator[str]:
    yield from (*Figure, *State, *CompanyState, *Step)
    dimensions = {*Dimension}
    yield from (name for names in _ADDED.values() for name in names if name not in dimensions)


@pytest.mark.parametrize("figure", sorted({*stated()}))
def test_a_stated_figure_is_defined(figure: str) -> None:
    assert figure in DEFINED


def test_the_method_page_has_a_definition_under_each_name(browser: TestClient) -> None:
    for name in sorted(DEFINED):
        definition = find_definition(name)
        assert definition is not None
        found = browser.get(f"/adoption/definitions?figure={name}", headers=ENGLISH)
        assert f"<code>{name}</code>" in found.text
        assert all(each in found.text for each in (definition.recompute, "Numerator", "Source"))


def test_a_name_of_no_figure_leads_to_all(browser: TestClient) -> None:
    page = browser.get("/adoption/definitions?figure=NONSENSE", headers=ENGLISH)
    assert page.status_code == 200
    assert all(f"?figure={each.figure}" in page.text for each in EVERY)


def test_a_name_is_defined_once() -> None:
    names = [name for each in EVERY for name in {each.figure, *each.names}]
    assert len(names) == len({*names})


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_column_that_measures_is_a_defined_figure(table: object) -> None:
    counts = {name for name in table.columns if name in OF_COLUMNS}  # type: ignore[attr-defined]
    words = {*("month", "version", "freeze", "suppressed", "kind", "figure", "window", "place")}
    words |= {"name", "agency", "tier", "by", "code", "now", "parts"}
    words |= {"old_code", "old_name", "old_until", "new_code", "new_name"}
    assert counts | words >= {*table.columns}  # type: ignore[attr-defined]
    assert {OF_COLUMNS[name] for name in counts} - {""} <= DEFINED


def test_every_figure_of_a_whole_country_is_defined(owner: Engine, settings: Settings) -> None:
    assert seed_country(owner, settings=settings, keyring=settings.secrets.keyring(), scale=0.02)
    with Session(owner) as db:
        printed = {*db.scalars(select(AdoptionSlice.figure).distinct())}
        printed |= {*db.scalars(select(AdoptionFigure.figure).distinct())}
        actions = {*db.execute(select(AdoptionAction.lever, AdoptionAction.figure).distinct())}
    assert {"REUSE_2", "BEGUN", "L4_ALL"} <= printed
    assert {name.split()[0] for name in printed} <= DEFINED
    assert {lever.split()[0] for lever, _ in actions} <= DEFINED
    of_levers = {figure.split()[0] for lever, figure in actions if lever[0] == "L"}
    assert of_levers - {"OF"} <= DEFINED, "OF says whose lever it is, and measures nothing"
