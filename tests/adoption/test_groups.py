"""Who is behind by age and sex, and how people sign in; starred where it would tell of few."""

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.frozen import FrozenMonth
from idp.figures.open_groups import GROUPS
from idp.figures.open_rows import read_rows
from idp.figures.slice_rows import Dimension, SliceKey
from idp.figures.slices import read_month
from idp.kit.db import transaction
from idp.settings.people import Target
from tests.figures.frozen import freeze, national, of, publish_country

PATH = "/adoption/groups"


def group(by: Dimension, code: str, figure: str, kind: str = "person") -> SliceKey:
    return of(by, code, kind, figure, "months_1" if kind == "sign_in" else "")


def published(owner: Engine, rows: Mapping[SliceKey, int]) -> FrozenMonth:
    publish_country(owner, months=1)
    with transaction(owner) as db:
        found = read_month(db, None)
    assert found is not None
    freeze(owner, found.month_on, rows, "by hand")
    with transaction(owner) as db:
        month = read_month(db, None)
    assert month is not None
    return month


AGES = {
    group(Dimension.AGE, band, figure): count
    for band, counts in {
        "18-29": (2_000, 900, 10_000),
        "30-44": (3_000, 1_500, 12_000),
        "60+": (400, 62, 9_000),
    }.items()
    for figure, count in zip(("REG", "UNI_USED", "POP"), counts, strict=True)
}
MEANS = {
    group(Dimension.DEVICE, device, figure, "sign_in"): count
    for device, counts in {"phone": (5_000, 4_700), "kiosk": (400, 288)}.items()
    for figure, count in zip(("BEGUN", "SUCCESS"), counts, strict=True)
} | {group(Dimension.METHOD, "pwd otp mfa", "SUCCESS", "sign_in"): 70}


def seen(db: Session, month: FrozenMonth) -> dict[tuple[str, str], dict[str, Any]]:
    rows = read_rows(db, month, GROUPS, target=Target(percent=20))
    return {(row["by"], row["code"]): row for row in rows}


def test_the_page_says_who_is_behind_and_what_fails(owner: Engine, browser: TestClient) -> None:
    published(owner, AGES | MEANS)
    page = browser.get(PATH, headers={"accept-language": "en"}).text
    assert "Age 60+: 0.6% use both tiers; Age 30–44: 12.5%." in " ".join(page.split())
    assert "Kiosk, through one’s own phone: 72.0% of sign-ins succeeded" in page
    assert 'href="/adoption/definitions?figure=GROUPS"' in page
    definition = browser.get("/adoption/definitions?figure=GROUPS").text
    assert "idp.figures.groups.group_populations" in definition


def test_residents_that_nobody_counted_are_not_known(owner: Engine, browser: TestClient) -> None:
    published(owner, {k: n for k, n in AGES.items() if k.figure != "POP"})
    page = browser.get(PATH, headers={"accept-language": "vi"}).text
    assert "Chưa biết" in page
    assert "Không có hai nhóm nào so sánh được." in page


def test_a_month_of_before_says_that_nothing_is_known(owner: Engine, browser: TestClient) -> None:
    published(owner, {national("person", "REG"): 100})
    page = browser.get(PATH, headers={"accept-language": "en"}).text
    assert "Nothing is known of groups in this month" in page


def test_before_the_first_month_the_page_says_so(browser: TestClient) -> None:
    page = browser.get(PATH, headers={"accept-language": "en"})
    assert (page.status_code, "No month has been frozen yet" in page.text) == (200, True)


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_the_rows_are_a_file(owner: Engine, browser: TestClient, kind: str) -> None:
    month = published(owner, AGES | MEANS)
    found = browser.get(f"{PATH}.{kind}?month={month.name}")
    assert found.status_code == 200
    if kind == "json":
        rows = {(row["by"], row["code"]): row for row in found.json()}
        assert rows["age", "60+"]["percent"] == 0.6
        assert rows["device", "kiosk"]["succeeded_percent"] == 72


def test_a_month_that_is_not_there_is_refused(owner: Engine, browser: TestClient) -> None:
    published(owner, AGES)
    assert browser.get(f"{PATH}?month=2001-01").status_code == 404
    assert browser.get(f"{PATH}?by=nonsense").status_code == 404


def test_few_are_starred_with_what_the_nations_sum_would_tell(owner: Engine) -> None:
    few = AGES | {group(Dimension.AGE, "14-17", "REG"): 4}
    month = published(owner, few)
    with transaction(owner) as db:
        rows = seen(db, month)
    assert "registered" in rows["age", "14-17"]["suppressed"].split()
    assert rows["age", "60+"]["registered"] is None, "the smallest of the others"
    assert rows["age", "30-44"]["registered"] == 3_000


def test_a_rate_of_a_starred_count_is_starred(owner: Engine) -> None:
    few = AGES | {
        group(Dimension.AGE, "14-17", "UNI_USED"): 4,
        group(Dimension.AGE, "14-17", "POP"): 5_000,
    }
    month = published(owner, few)
    with transaction(owner) as db:
        row = seen(db, month)["age", "60+"]
    assert (row["uni_used"], row["percent"]) == (None, None)
    assert {"uni_used", "percent"} <= {*row["suppressed"].split()}


def test_counts_without_few_are_all_printed(owner: Engine) -> None:
    month = published(owner, AGES)
    with transaction(owner) as db:
        rows = seen(db, month)
    assert rows["age", "60+"]["uni_used"] == 60
    assert rows["age", "60+"]["percent"] == 0.6
