"""The page says when the target is reached, from the months that are published."""

import re
from datetime import date

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.days import month_end, month_start
from idp.figures.denominators import DenominatorKind, Population, set_denominator
from idp.settings import Settings
from idp.web.routes import room_router
from tests.figures.frozen import close_days, freeze, national
from tests.support.app import room_app

FIRST = date(2024, 1, 1)


def read(settings: Settings, language: str = "en", *, catch_up_on: date | None = None) -> str:
    adoption = settings.adoption.model_copy(update={"catch_up_on": catch_up_on})
    app = room_app(settings.model_copy(update={"adoption": adoption}), room_router("idp.adoption"))
    with TestClient(app, headers={"Accept-Language": language}) as client:
        pages = [client.get(path) for path in ("/adoption", "/adoption/months")]
    app.state.runtime.engine.dispose()
    assert {page.status_code for page in pages} == {200}
    shown = " ".join(page.text for page in pages)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown))


def publish(owner: Engine, *, months: int, enterprises: int | None = 1000) -> None:
    """So many frozen months: people rise by 500 a month, of 100,000; 42 enterprises."""
    ends = [month_end(month_start(FIRST, months_before=-number)) for number in range(months)]
    counts = {DenominatorKind.RESIDENTS: 100_000, DenominatorKind.ENTERPRISES: enterprises}
    with Session(owner) as db, db.begin():
        close_days(db, FIRST, ends[-1])
        for kind, count in counts.items():
            if count is not None:
                set_denominator(db, Population(kind, FIRST, count, "Village census"))
    everyone = {national("person", "POP"): 100_000}
    if enterprises is not None:
        everyone[national("enterprise", "POP")] = enterprises
    for number, day in enumerate(ends):
        used = {"person": 5000 + 500 * number, "enterprise": 42}
        freeze(owner, day, everyone | {national(k, "UNI_USED"): n for k, n in used.items()})


def test_a_date_with_its_range_once_twelve_windows_are_whole(
    settings: Settings, owner: Engine
) -> None:
    publish(owner, months=24)
    page = read(settings)
    said = page[page.index("When?") :]
    assert re.search(
        r"At today’s pace people reach 20% about \d\d/202[67], \d\d/202\d at the earliest", said
    )
    assert "Tried on simulated data" in said
    assert "Rising 0.5 points a month." in said
    assert "takes" not in said[: said.index("Month by month")], "no date, no sentence"
    assert "Too few to say when: 100 businesses are needed" in said
    assert re.search(r"12/2025: forecast 16\.\d%, came 16\.5%\.", said)
    assert "Resolution 17 was due in 2020: 5 years late." in said
    assert "Next target" not in said, "its text is not on file"
    vietnamese = read(settings, "vi", catch_up_on=date(2026, 12, 31))
    assert "Nếu giữ nhịp hiện nay, người dân đạt 20% vào khoảng" in vietnamese
    assert "Đang tăng 0,5 điểm % mỗi tháng. Muốn đạt vào 12/2026 cần 0,3 điểm %." in vietnamese
    assert "Nghị quyết 17 đặt hạn năm 2020: quá hạn 5 năm." in vietnamese


def test_no_date_below_twelve_whole_windows(settings: Settings, owner: Engine) -> None:
    publish(owner, months=22)
    page = read(settings)
    assert "Too early to say when: 11 whole windows, 12 needed." in page
    assert "reach 20% about" not in page
    assert "Rising 0.5 points a month." in page


def test_an_unknown_count_of_enterprises_is_said(settings: Settings, owner: Engine) -> None:
    publish(owner, months=24, enterprises=None)
    page = read(settings)
    assert "Nobody can say when: the number of all businesses is not known." in page
    assert "people reach 20% about" in page
