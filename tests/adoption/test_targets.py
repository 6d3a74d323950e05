"""The page of all targets: each with its words, source, due date, and what is known of it."""

import re
from datetime import date
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.indicators import entering
from idp.figures.targets import statements
from tests.support.weight import HEAD, LATER


def pages(browser: TestClient, language: str) -> str:
    """All of them, one behind the other, each as light as a page is."""
    told, number = [], 1
    while True:
        browser.headers["Accept-Language"] = language
        response = browser.get(f"/adoption/targets?page={number}")
        assert response.status_code == 200
        assert len(response.content) + HEAD <= LATER, number
        told.append(response.text)
        number += 1
        if f"page={number}" not in response.text:
            break
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", " ".join(told)))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_statement_stands_there_with_its_source(browser: TestClient, language: str) -> None:
    text = pages(browser, language).replace("&#39;", "'")
    for held in statements().values():
        assert held.quote[language] in text, held.id
        assert held.source[language] in text, held.id


def test_what_is_measured_imported_and_unknown_is_said(browser: TestClient, owner: Engine) -> None:
    with Session(owner) as db, db.begin():
        value = {"value": Decimal("56.25"), "source": "Office <of> the Government"}
        day = date(2026, 6, 30)
        entering(db, today=day)({"target_id": "T8", "counted_on": day, **value})
    text = pages(browser, "en")
    assert "56.25 Office &lt;of&gt; the Government, 30/06/2026" in text
    assert "Before: 10.76 (% of services at level 4)." in text
    assert "Before: 89 (rank of 193 countries" in text
    assert "Measured here; no day has been closed yet." in text
    assert text.count("Measured by others; no value has been imported.") == 17
    assert "Nobody measures it." in text
    assert "uncertain: its document was not found" in text
    assert "replaces T4" in text
    assert "replaced by T4-2025" in text
