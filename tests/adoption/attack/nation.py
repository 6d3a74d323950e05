"""What is printed of the nation: its open file, and the pages of organizations and of coverage."""

from idp.figures.disclosure import FEWEST
from idp.figures.nested import list_differences
from idp.figures.slice_rows import Dimension
from tests.adoption.attack.known import Known, Version, number, tables_of
from tests.figures.test_nested import named, reader_of

_STATES = ("COMPANY_1", "COMPANY_2", "COMPANY_3A", "COMPANY_3B", "COMPANY_4", "COMPANY_5")


def read_nation(known: Known, version: Version) -> None:
    """Every version's file: exact counts, with all that is known of how they add up."""
    rows = known.rows(f"/adoption/data/{version.name}/national.json")
    told = {(r["kind"], r["figure"], r["window"]): r["value"] for r in rows}
    stars = {key for key, value in told.items() if value is None}
    values = {k[2:]: n for k, n in version.rows.items() if k.dimension == Dimension.COUNTRY}
    of_people = {key: n for key, n in values.items() if key[0] != "answer"}
    assert {key for key, value in of_people.items() if value} <= told.keys()
    printed = {
        key: values.get(key, 0) if value is None else value
        for key, value in told.items()
        if key[0] != "answer"
    }
    before = f"{version.name} "
    reader_of(printed, stars, known.reader, of=before)
    for key, value in printed.items():
        known.cell(named(key, before), value)
    for n, each in enumerate(list_differences()):
        if 0 < (few := each.value(values)) < FEWEST:
            known.cell(f"{before}difference {n}", few)


def read_organizations(known: Known, version: Version) -> None:
    """The page's file has the figures of the nation once more."""
    for row in known.rows(f"/adoption/businesses.json?month={version.month}"):
        kind, state, count = row["kind"], row["state"], row["count"]
        figure = (kind, state, "at_day" if state == "REG" else "months_12")
        if state != "ELSEWHERE" and count is not None:
            known.reader.told({known.nation(version, *figure): 1}, count)


def read_coverage(known: Known, version: Version) -> None:
    """Reuse; who took part is of two kinds together."""
    tables = tables_of(known.page(f"/adoption/coverage?month={version.month}"))
    rows = [row for row in tables["Proven people in 12 months"] if row[0].startswith("At ")]
    for n, (_, text) in enumerate(rows, start=2):
        if (count := number(text)) is not None:
            name = known.nation(version, "person", f"REUSE_{n}", "months_12")
            known.reader.told({name: 1}, count)
    assert len(rows) == 4
