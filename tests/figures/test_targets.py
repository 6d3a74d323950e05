"""Every statement of the founding documents is held, with its words, source and measure."""

from decimal import Decimal

import pytest

from idp.figures.ladder import Step
from idp.figures.sets import Figure
from idp.figures.targets import UNIFIED, Status, statements, successor
from idp.settings.people import AdoptionSettings

HELD = {
    "T1": "10 to 15 places in the e-government ranking of the United Nations by 2020",
    "T2": "first four countries of ASEAN",
    "T3": "national document axis by the roadmap of Decision 28/2018",
    "T4": "20% of the people and businesses taking part in e-government",
    "T5": "20% of the dossiers of each ministry, sector and locality are settled online",
    "T6": "30% of online services of levels 3 and 4 are integrated with the National Public",
    "T7": "100% of dossiers pass through the electronic single-window systems",
    "T8": "At least 30% of online services are offered at level 4",
    "T9": "50% of the portals of ministries and provinces work on mobile devices",
    "T10": "100% of public services answer questions",
    "T11": "50% of agencies publish how satisfied their users are",
    "T12": "All ministries and provinces are on a shared integration platform",
    "T13": "30% of local procedures are offered at level 4",
    "T14": "More than 50% of procedures are exchanged online between one-stop shops",
    "T15": "More than 50% of information systems are connected to national databases",
    "T16": "20 countries most infected with malware",
    "T17": "All level-4 online services have a centralized e-authentication solution",
    "T18": "Seven concentrated IT zones",
    "T19": "30 minutes by 2022",
    "T20": "55 services on the National Public Service Portal in 2021",
    "T21": "Ho Chi Minh City: 100% of public services at level 4 by 2030",
    "T22": "83 tasks of Resolution 17",
}


@pytest.mark.parametrize(("id", "words"), HELD.items())
def test_a_statement_is_held(id: str, words: str) -> None:
    held = statements()[id]
    assert words in held.quote["en"]
    assert held.quote["vi"]
    assert held.source["vi"]
    assert held.source["en"]
    for said in (held.numerator, held.denominator, held.short):
        assert bool(said["vi"]) is bool(said["en"])
    if held.status is not Status.NONE:
        assert held.numerator["en"]
        assert held.due_on


def test_there_are_no_others_but_the_successor() -> None:
    assert {*statements()} - {*HELD} == {"T4-2025"}
    later = statements()["T4-2025"]
    assert (later.goal, later.supersedes, later.is_certain) == (40, UNIFIED, False)
    assert successor(statements()[UNIFIED]) is None, "its document was not found"


def test_what_is_measured_here_names_its_figure() -> None:
    figures = {*Figure, *Step, "ANSWERS"}
    for statement in statements().values():
        assert bool(statement.figure) is (statement.status is Status.MEASURED)
        assert not statement.figure or statement.figure in figures
        assert not statement.supersedes or statement.supersedes in statements()
    assert statements()[UNIFIED].goal == AdoptionSettings().target_percent


def test_where_they_began_is_held() -> None:
    known = {
        (b.target_id, b.counted_on.year, b.value)
        for s in statements().values()
        for b in s.baselines
    }
    assert {
        ("T1", 2016, Decimal(89)),
        ("T8", 2019, Decimal("10.76")),
        ("T8", 2020, Decimal("30.1")),
        ("T20", 2020, Decimal(2700)),
        ("T20", 2021, Decimal(2800)),
        ("T22", 2018, Decimal(62)),
    } == known
    [egdi] = statements()["T1"].baselines
    assert "193" in egdi.note["en"]
    assert "74" in egdi.note["en"]
