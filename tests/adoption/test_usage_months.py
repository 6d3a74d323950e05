"""How sign-ins ended is read of every agency in one row each: of the same ones as all figures."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.figures.frozen import Outcomes
from idp.figures.said import ANSWERED
from idp.figures.sign_ins_read import outcomes_by_agency
from idp.figures.slice_rows import Dimension, SliceKey
from idp.figures.slices import read_month, slices
from idp.figures.system_counts import SYSTEM
from tests.figures.frozen import freeze, of

OCTOBER = date(2026, 10, 31)


def test_each_agency_that_has_figures_of_use_has_a_row(owner: Engine) -> None:
    """Whom one of both left out would be starred otherwise on a page than in a file."""
    agency = Dimension.AGENCY
    ended, begun, people, answers, systems = (str(uuid4()) for _ in range(5))
    rows: dict[SliceKey, int] = {
        of(agency, people, "person", "PART"): 12,
        of(agency, answers, ANSWERED, "ANSWERS"): 31,
        of(agency, begun, "sign_in", "BEGUN", "months_1"): 3,
        of(agency, begun, "sign_in", "REFUSED", "months_1"): 3,
        of(agency, begun, "sign_in", "REASON access_denied", "months_1"): 2,
        of(agency, "", "sign_in", "BEGUN", "months_1"): 40,
        of(agency, systems, SYSTEM, "SYSTEMS"): 2,
        of(Dimension.SERVICE, ended, "sign_in", "BEGUN", "months_1"): 999,
    }
    for figure, count in (("BEGUN", 80), ("SUCCESS", 70), ("REFUSED_LEVEL", 4), ("ABANDONED", 6)):
        rows[of(agency, ended, "sign_in", figure, "months_1")] = count
    freeze(owner, OCTOBER, rows)
    freeze(owner, date(2026, 11, 30), {of(agency, ended, "sign_in", "BEGUN", "months_1"): 7})
    with Session(owner) as db:
        month = read_month(db, OCTOBER)
        assert month is not None
        found = outcomes_by_agency(db, month)
        every = {each.code: each.outcomes for each in slices(db, month, agency)}
    assert found[ended] == Outcomes(80, 70, 4, 0, 6)
    assert found.keys() == every.keys() == {ended, begun, people, answers, ""}
    assert found == {code: replace(of_it, reasons={}) for code, of_it in every.items()}
