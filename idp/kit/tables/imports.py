"""What an import did: rows added, changed, unchanged and refused, and what changed in which."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.tables.faults import Fault, FileRefused, sentence_of, shown
from idp.kit.tables.reader import Row

Differences: TypeAlias = Mapping[str, tuple[object, object] | None]
"""Field → (before, after); None in place of both where they are personal."""
Did: TypeAlias = Differences | InvalidInput | None
"""What storing a row did: None where it was added, differences that may be none, or a refusal."""
Store: TypeAlias = Callable[[Sequence[Row]], Iterable[Did]]
"""Stores rows that were read well, and says of each in turn what it did."""

MOST_NAMED = 50
"""Faults that are said, and changes that are listed; the rest is counted."""
_BATCH = 1000


@immutable
class Changed:
    """A row that was there already and says something else now."""

    line: int
    key: str
    differences: Differences


@dataclass
class Report:
    """The counts of an import; `changes` are the first of those that changed."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    changes: list[Changed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def refusal(self) -> FileRefused:
        """What to raise where a row was refused."""
        return FileRefused(self.faults, refused=self.refused)

    @property
    def counts(self) -> dict[str, int]:
        """The counts by name."""
        names = ("read", "added", "changed", "unchanged", "refused")
        return {name: getattr(self, name) for name in names}


def import_rows(
    rows: Iterator[Row], store: Store, *, progress: Callable[[], None] = lambda: None
) -> Report:
    """Read and store all rows, in batches of constant memory; `progress` is called after each.

    All faults are collected, so that a file is corrected in one go. Where the report has a refused
    row, the caller raises its `refusal` inside the transaction, and nothing is kept.
    """
    report = Report()
    for batch in _batches(rows, report):
        report.read += len(batch)
        good = [row for row in batch if not row.faults]
        did = dict(zip((row.line for row in good), store(good), strict=True))
        for row in batch:
            _note(report, row, did.get(row.line))
        progress()
    return report


def _batches(rows: Iterator[Row], report: Report) -> Iterator[list[Row]]:
    """Rows up to where the file can be read no further."""
    batch = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except FileRefused as error:
        report.faults += error.faults
        report.refused += 1
    yield batch


def one_by_one(store: Callable[[Mapping[str, Any]], Differences | None]) -> Store:
    """A store that takes the values of one row at a time, and may raise InvalidInput for it."""

    def each(rows: Sequence[Row]) -> Iterator[Did]:
        for row in rows:
            try:
                yield store(row.values)
            except InvalidInput as error:
                yield error

    return each


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields of `after` that say something else than before."""
    return {name: (before[name], new) for name, new in after.items() if before[name] != new}


def _note(report: Report, row: Row, did: Did) -> None:
    if isinstance(did, InvalidInput):
        row = replace(row, faults=(_refused(row, did),))
    if row.faults:
        report.refused += 1
        report.faults += row.faults[: max(0, MOST_NAMED - len(report.faults))]
    elif did is None:
        report.added += 1
    elif not did:
        report.unchanged += 1
    elif isinstance(did, Mapping):
        report.changed += 1
        if len(report.changes) < MOST_NAMED:
            report.changes.append(Changed(row.line, row.key, did))


def _refused(row: Row, error: InvalidInput) -> Fault:
    value = row.values.get(error.field)
    found = "" if value is None else shown(str(value))
    return Fault(sentence_of(error), row.line, error.field, found)
