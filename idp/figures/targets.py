"""The statements of the founding documents, as data: what is to be reached, by when, measured how.

`targets.csv` holds each with its words and source; one that another replaces is named by it.
`baselines.csv` holds where they began. A text whose document was not found is marked uncertain:
no sentence is made of it.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TypeAlias

from idp.kit.immutable import immutable
from idp.kit.languages import LANGUAGES

InLanguages: TypeAlias = Mapping[str, str]
"""Language code → words; empty where there are none."""


class Status(StrEnum):
    """Where its value comes from."""

    MEASURED = "measured"
    IMPORTED = "imported"
    NONE = "none"


class Unit(StrEnum):
    """What its value counts."""

    PERCENT = "percent"
    RANK = "rank"
    NUMBER = "number"
    MINUTES = "minutes"
    ROADMAP = "roadmap"


@immutable
class Baseline:
    """A value from before; of what, says its note."""

    target_id: str
    counted_on: date
    value: Decimal
    source: InLanguages
    note: InLanguages


@immutable
class Statement:
    """One target."""

    id: str
    status: Status
    figure: str
    """The figure that measures it; empty where none does."""
    goal: int | None
    unit: Unit
    due_on: date | None
    supersedes: str
    is_certain: bool
    """False: its document was not found."""
    is_quoted: bool
    """False: the quote sums up what the document says."""
    quote: InLanguages
    short: InLanguages
    """Its document, as a sentence names it."""
    source: InLanguages
    numerator: InLanguages
    denominator: InLanguages
    baselines: tuple[Baseline, ...]


UNIFIED = "T4"
"""20% of people and businesses: why this product exists."""


@cache
def statements() -> Mapping[str, Statement]:
    """All of them, by id, in the order of the documents."""
    baselines = [*_baselines()]
    return {
        row["id"]: Statement(
            id=row["id"],
            status=Status(row["status"]),
            figure=row["figure"],
            goal=int(row["goal"]) if row["goal"] else None,
            unit=Unit(row["unit"]),
            due_on=date.fromisoformat(row["due_on"]) if row["due_on"] else None,
            supersedes=row["supersedes"],
            is_certain=row["is_certain"] == "yes",
            is_quoted=row["wording"] == "quoted",
            quote=_in_languages(row, "quote"),
            short=_in_languages(row, "short"),
            source=_in_languages(row, "source"),
            numerator=_in_languages(row, "numerator"),
            denominator=_in_languages(row, "denominator"),
            baselines=tuple(b for b in baselines if b.target_id == row["id"]),
        )
        for row in _rows("targets.csv")
    }


def successor(statement: Statement) -> Statement | None:
    """What replaces it; None where nothing does, or nothing that is certain."""
    found = (s for s in statements().values() if s.supersedes == statement.id and s.is_certain)
    return next(found, None)


def _baselines() -> Iterator[Baseline]:
    for row in _rows("baselines.csv"):
        yield Baseline(
            target_id=row["target_id"],
            counted_on=date.fromisoformat(row["counted_on"]),
            value=Decimal(row["value"]),
            source=_in_languages(row, "source"),
            note=_in_languages(row, "note"),
        )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (resources.files("idp.figures") / name).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _in_languages(row: Mapping[str, str], name: str) -> InLanguages:
    return {code: row[f"{name}_{code}"] for code in LANGUAGES}
