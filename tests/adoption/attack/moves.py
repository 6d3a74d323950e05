"""What is printed of what would raise the rate, and of who moved since the month before."""

import re
from collections import Counter
from itertools import combinations

from idp.adoption.moved import GROUPS, PARTS, _group
from idp.figures.action_rows import ABOUT, ADDS, AT_MOST, CHANGE, HIGH, LOW, NOBODY, WAS, Of
from idp.figures.slice_rows import ActionKey, State
from tests.adoption.attack.areas import of_group
from tests.adoption.attack.known import Known, Table, Version, number, tables_of

_ESTIMATES = (AT_MOST, HIGH, ABOUT, LOW)
"""Each no more than the one before."""


def read_actions(known: Known, version: Version) -> None:
    """The file, and what any of the best bring together."""
    best: dict[int, str] = {}
    at_most: dict[tuple[str, str, str], str] = {}
    for row in known.rows(f"/adoption/actions.json?month={version.month}"):
        of = (row["dimension"], row["code"], row["lever"])
        key = ActionKey(row["dimension"], row["code"], row["subject_kind"], row["lever"], "")
        outer = ""
        for figure in _ESTIMATES:
            truth = version.actions.get(key._replace(figure=figure))
            if truth is None:
                continue
            name = known.cell(f"{version.name} action {' '.join(of)} {figure}", truth)
            known.printed(name, row[figure.lower()])
            if outer:
                known.lies_within(outer, name)
            outer = name
        at_most[of] = f"{version.name} action {' '.join(of)} {AT_MOST}"
        if row["rank"]:
            best[row["rank"]] = at_most[of]
            adds = known.cell(
                f"{version.name} adds {row['rank']}", version.actions[key._replace(figure=ADDS)]
            )
            known.printed(adds, row["adds"])
            known.lies_within(best[row["rank"]], adds)
    _of_places(known, version, at_most)
    for size in range(1, len(best) + 1):
        for ranks in combinations(sorted(best), size):
            _together(known, version, ranks, [best[rank] for rank in ranks])


def _of_places(known: Known, version: Version, at_most: dict[tuple[str, str, str], str]) -> None:
    """Levers of a province are its residents'; those of failures and of the lapsed the nation's."""
    for (dimension, code, lever), name in at_most.items():
        if dimension != "place":
            continue
        if lever == Of.DESKS:
            known.adds_up(of_group(known, version, code, "not_proven"), [name])
        if lever == f"{Of.CONNECT} local":
            known.lies_within(of_group(known, version, code, "one_tier"), name)
    for lever in {lever for dimension, _, lever in at_most if dimension == "country"}:
        parts = [name for (d, _, own), name in at_most.items() if (d, own) == ("place", lever)]
        if parts:
            whole = at_most["country", "", lever]
            rest = known.like[whole] - sum(known.like[part] for part in parts)
            known.adds_up(whole, parts, rest=f"{version.name} {lever} elsewhere", of_rest=rest)


def _together(known: Known, version: Version, ranks: tuple[int, ...], parts: list[str]) -> None:
    asked = "&".join(f"do.{rank}=yes" for rank in ranks)
    page = known.page(f"/adoption/actions?month={version.month}&{asked}")
    found = re.search(r"Together: [^;]*, each counted once; ([\d,]+|fewer than 10) at most", page)
    key = ActionKey("country", "", "person", f"TOGETHER {' '.join(map(str, ranks))}", AT_MOST)
    assert found
    whole = known.cell(f"{version.name} together {ranks}", version.actions[key])
    known.printed(whole, None if found[1].startswith("few") else number(found[1]))
    known.is_union(whole, parts)


def read_moved(known: Known, version: Version, before: Version) -> None:
    """The change in parts, and the matrix with its margins."""
    tables = tables_of(known.page(f"/adoption/actions?month={version.month}"))
    change = [t for caption, t in tables.items() if caption.startswith("People who use both tiers")]
    matrix = [t for caption, t in tables.items() if caption.startswith("People by where they")]
    _change(known, version, before, change[0])
    _matrix(known, version, before, matrix[0])


def _change(known: Known, version: Version, before: Version, table: Table) -> None:
    signs = {
        known.nation(version, "person", "UNI_USED", "months_12"): -1,
        known.nation(before, "person", "UNI_USED", "months_12"): 1,
    }
    printed = {name: text for name, text, _ in table[1:]}
    for part, words in PARTS.items():
        if part == "LATE":
            assert words not in printed
            continue
        truth = version.actions.get(ActionKey("country", "", "person", CHANGE, part), 0)
        name = known.cell(f"{version.name} change {part}", abs(truth))
        known.printed(name, number(printed[words]))
        signs[name] = 1 if part in {"NEW", "RETURNED"} else -1
    known.reader.told(signs, 0)


def _matrix(known: Known, version: Version, before: Version, table: Table) -> None:
    counts = Counter[tuple[str, str]]()
    for key, size in version.actions.items():
        if key.lever.startswith(f"{WAS} "):
            counts[_group(key.lever.removeprefix(f"{WAS} ")), _group(key.figure)] += size
    of_words = {words: str(group) for group, words in GROUPS.items()}
    groups = [of_words[words] for words in table[0][1:-1]]
    for then, row in zip(groups, table[1:], strict=False):
        for now, text in zip(groups, row[1:], strict=False):
            name = known.cell(f"{version.name} moved {then}>{now}", counts[then, now])
            known.printed(name, number(text))
    for group in groups:
        if group == NOBODY:
            continue
        states = [state for state in State if _group(state) == group]
        for of, names in (
            (before, [f"{version.name} moved {group}>{now}" for now in groups]),
            (version, [f"{version.name} moved {then}>{group}" for then in groups]),
        ):
            whole = [known.nation(of, "person", state, "months_12") for state in states]
            known.reader.told(dict.fromkeys(names, 1) | dict.fromkeys(whole, -1), 0)
