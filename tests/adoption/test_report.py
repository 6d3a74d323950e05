"""The official report: the page's sentences on paper, of one freeze."""

import io

import pypdf
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.figures.frozen import publish_country


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def test_it(browser: TestClient, owner: Engine) -> None:
    publish_country(owner, months=14)
    name = browser.get("/adoption/places.json").json()[0]["month"]
    found = browser.get(f"/adoption/report/{name}.pdf")
    assert found.status_code == 200
    from pathlib import Path

    Path("/tmp/h7_rep.pdf").write_bytes(found.content)
    Path("/tmp/h7_rep.docx").write_bytes(browser.get(f"/adoption/report/{name}.docx").content)
