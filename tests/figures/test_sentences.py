"""What the forecast says, in both languages, by the words that were designed."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from idp.figures.forecast import Expected, Pace, Past, TooEarly, TooFew, Unknown
from idp.figures.outlook import Outlook
from idp.figures.sentences import due_sentences, pace_sentences, past_sentences, when_sentences
from idp.figures.targets import UNIFIED, statements
from idp.settings import Settings
from idp.settings.people import Target
from idp.web.messages import Message
from idp.web.templates import Pages

TARGET = Target(percent=20)
MARCH, FEBRUARY = date(2027, 3, 1), date(2027, 2, 1)


@pytest.fixture
def pages(settings: Settings) -> Pages:
    return Pages(
        time_zone="Asia/Ho_Chi_Minh", is_synthetic=False, operator=settings.operator, host="h"
    )


def said(pages: Pages, language: str, messages: object) -> str:
    said = pages.environments[language].filters["said"]
    return " ".join(said(message) for message in messages)  # type: ignore[attr-defined]


def outlook(answer: object, kind: str = "person") -> Outlook:
    return Outlook(kind, (), answer, None, ())  # type: ignore[arg-type]


EXPECTED = Expected((), MARCH, FEBRUARY, None, "own")


@pytest.mark.parametrize(
    ("answer", "vi", "en"),
    [
        (
            EXPECTED,
            (
                "Nếu giữ nhịp hiện nay, người dân đạt 20% vào khoảng 03/2027, sớm nhất "
                "02/2027; nếu chậm thì chưa đạt trong 24 tháng tới. Thử lại trên số liệu mô phỏng "
                "và số liệu cũ, 10 lần thì khoảng 8 lần nằm trong khoảng này."
            ),
            (
                "At today’s pace people reach 20% about 03/2027, 02/2027 at the earliest; if slow, "
                "not within 24 months. Tried on simulated and on past data, about 8 in 10 results "
                "fell inside this range."
            ),
        ),
        (
            TooEarly(7),
            "Chưa nói được bao giờ đạt: mới có 7 tháng số liệu tròn, cần 12.",
            "Too early to say when: 7 whole windows, 12 needed.",
        ),
        (
            TooFew(),
            "Quá ít để dự báo: cần ít nhất 100 người dân trong mỗi tháng của sáu tháng gần nhất.",
            "Too few to say when: 100 people are needed in each of the last six months.",
        ),
        (
            Unknown(),
            "Chưa nói được bao giờ đạt: chưa biết tổng số người dân.",
            "Nobody can say when: the number of all people is not known.",
        ),
    ],
)
def test_when(pages: Pages, answer: object, vi: str, en: str) -> None:
    for language, words in (("vi", vi), ("en", en)):
        assert said(pages, language, when_sentences(outlook(answer), target=TARGET)) == words


def test_when_says_what_the_band_was_made_of_and_what_is_out_of_reach(pages: Pages) -> None:
    def english(answer: object) -> str:
        found = when_sentences(outlook(answer, "enterprise"), target=TARGET)
        return said(pages, "en", found)

    simulated = replace(EXPECTED, basis="simulated", latest_on=date(2027, 9, 1))
    assert "businesses reach 20% about 03/2027" in english(simulated)
    assert "if slow, 09/2027. Tried on simulated data" in english(simulated)
    never = replace(EXPECTED, about_on=None)
    assert "do not reach 20% within 24 months; if fast, in 02/2027." in english(never)
    assert english(replace(never, earliest_on=None)).endswith("within 24 months.")


def test_pace(pages: Pages) -> None:
    """What is required is rounded up: 0.8 points a month would not arrive."""
    both = Pace(Fraction(11, 10), Fraction(33, 40))
    june = date(2027, 6, 30)
    assert said(pages, "vi", pace_sentences(both, due_on=june)) == (
        "Đang tăng 1,1 điểm % mỗi tháng. Muốn đạt vào 06/2027 cần 0,9 điểm %."
    )
    assert said(pages, "en", pace_sentences(both, due_on=june)) == (
        "Rising 1.1 points a month. To arrive by 06/2027 takes 0.9."
    )
    undated = replace(both, required=None)
    assert said(pages, "en", pace_sentences(undated, due_on=None)) == "Rising 1.1 points a month."
    falling = Pace(Fraction(-1, 2), None)
    assert said(pages, "en", pace_sentences(falling, due_on=None)) == "Falling 0.5 points a month."
    still = Pace(Fraction(1, 20), None)
    assert "less than 0.1 points" in said(pages, "en", pace_sentences(still, due_on=None))
    assert list(pace_sentences(None, due_on=june)) == []


def test_lateness_and_no_sentence_of_a_target_whose_text_is_not_on_file(pages: Pages) -> None:
    def due(language: str, as_of: date) -> str:
        return said(pages, language, due_sentences(statements()[UNIFIED], as_of=as_of))

    october = date(2026, 10, 31)
    assert due("vi", october) == "Nghị quyết 17 đặt hạn năm 2020: quá hạn 5 năm 10 tháng."
    assert due("en", october) == "Resolution 17 was due in 2020: 5 years 10 months late."
    assert due("en", date(2021, 12, 31)) == "Resolution 17 was due in 2020: 1 year late."
    assert due("en", date(2021, 1, 31)) == "Resolution 17 was due in 2020: 1 month late."
    assert due("en", date(2020, 6, 30)) == "Resolution 17 is due in 2020."
    undated = replace(statements()[UNIFIED], due_on=None)
    assert list(due_sentences(undated, as_of=october)) == []


def test_the_next_target_is_said_once_its_text_is_on_file(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = replace(statements()["T4-2025"], is_certain=True)
    monkeypatch.setattr("idp.figures.sentences.successor", lambda _: found)
    messages: list[Message] = list(due_sentences(statements()[UNIFIED], as_of=date(2026, 10, 31)))
    assert said(pages, "vi", messages).endswith("Chỉ tiêu tiếp theo 40% cũng đã quá hạn năm 2025.")
    assert said(pages, "en", messages).endswith("The next target, 40%, was due in 2025, too.")
    before: list[Message] = list(due_sentences(statements()[UNIFIED], as_of=date(2025, 12, 31)))
    assert said(pages, "vi", before).endswith("Chỉ tiêu tiếp theo 40%, hạn năm 2025.")
    assert said(pages, "en", before).endswith("Next target 40%, due 2025.")


def test_last_months_forecast_beside_what_came(pages: Pages) -> None:
    past = Past(date(2026, 10, 31), foretold=14.96, low=14.2, high=15.5, came=14.61)
    assert said(pages, "vi", past_sentences(past)) == "10/2026: dự báo 14,9%, thực tế 14,6%."
    outside = replace(past, low=14.7)
    assert said(pages, "en", past_sentences(outside)) == (
        "10/2026: forecast 14.9%, came 14.6%. That lies outside the range that was forecast."
    )
