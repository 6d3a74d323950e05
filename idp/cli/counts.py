"""`idp adoption`: the counts that rates are taken of, and what others measure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer

from idp.cli.database import unit_of_work
from idp.cli.imports import DryRunOption, FileArgument, import_file
from idp.cli.output import JsonOption, show
from idp.cli.typed import DATES, one_spelling
from idp.cli.who import AsOption, Given, acting
from idp.figures.counting import Counting
from idp.figures.days import is_month_end
from idp.figures.denominators import (
    DenominatorKind,
    Kept,
    Population,
    list_populations,
    load_published,
    set_denominator,
)
from idp.figures.group_counts import GROUP_COUNTS, store_group
from idp.figures.indicators import INDICATORS, entering
from idp.figures.place_counts import COUNTS, store_place
from idp.kit.errors import InvalidInput
from idp.kit.tables.imports import Differences, Store, one_by_one
from idp.kit.tables.reader import Table
from idp.settings import Settings

counts = typer.Typer()
"""Commands that `idp adoption` has beside its own."""
CountedOnOption = Annotated[datetime, typer.Option(formats=DATES, help="The date of the counts.")]
SourceOption = Annotated[
    str, typer.Option(help="Who counted, and where it is published.", callback=one_spelling)
]
ReviseOption = Annotated[
    str,
    typer.Option(
        "--revise", help="Change what is published too, as a revision: why. Shown on the page."
    ),
]
_MOST = 10**12
"""Beyond every count of people: a slip of the pen."""


@counts.command(help=f"Enter residents and enterprises of provinces. Columns: {COUNTS.heading}.")
def provinces(
    file: FileArgument,
    *,
    counted_on: CountedOnOption,
    source: SourceOption,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Frozen months keep what they had, until one is revised."""
    reading = _counting(COUNTS, store_place, counted_on, source)
    import_file(file, reading, register="place_counts", by=by, dry_run=dry_run, as_json=json)


@counts.command(help=f"Enter residents by age band and sex. Columns: {GROUP_COUNTS.heading}.")
def groups(
    file: FileArgument,
    *,
    counted_on: CountedOnOption,
    source: SourceOption,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Frozen months keep what they had, until one is revised."""
    reading = _counting(GROUP_COUNTS, store_group, counted_on, source)
    import_file(file, reading, register="group_counts", by=by, dry_run=dry_run, as_json=json)


def _counting(
    table: Table,
    store: Callable[[Counting, Mapping[str, Any]], Differences | None],
    counted_on: datetime,
    source: str,
) -> Callable[[Given, datetime], tuple[Table, Store]]:
    def reading(command: Given, _at: datetime) -> tuple[Table, Store]:
        _refuse_to_come(counted_on, command)
        return table, one_by_one(partial(store, Counting(command.db, counted_on.date(), source)))

    return reading


@counts.command()
def denominators(
    *,
    published: Annotated[
        bool, typer.Option("--published", help="First record the official counts we know.")
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """List the counts that rates are taken of.

    Residents and enterprises, with date and source.
    """
    settings = Settings()
    if published:
        with acting(settings, by) as command:
            load_published(command.db)
    with unit_of_work(settings) as db:
        rows = [
            {
                "kind": population.kind.value,
                "counted_on": population.counted_on,
                "value": population.value,
                "source": population.source,
                "synthetic": population.is_synthetic,
                "version": population.version,
                "in_force_on": population.in_force_on,
                "revision": population.revision,
            }
            for population in list_populations(db)
        ]
    show(rows, as_json=json)


@counts.command()
def denominator(
    kind: Annotated[DenominatorKind, typer.Argument(help="What was counted.")],
    counted_on: Annotated[datetime, typer.Argument(formats=DATES, help="The date.")],
    value: Annotated[int, typer.Argument(min=1, max=_MOST, help="The count.")],
    *,
    source: SourceOption,
    revise: ReviseOption = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Record such a count, beside those known before.

    Published days keep the count they had, unless told to --revise. The answer lists the last
    closed day and the months that the count would change (kept), changes (revised) or fills.
    """
    counted = Population(kind, counted_on.date(), value, source)
    with acting(Settings(), by) as command:
        _refuse_to_come(counted_on, command)
        recorded = set_denominator(command.db, counted, reason=revise)
        months = _months(recorded.published) if recorded else []
    new = recorded.population if recorded else counted
    told = {
        "kind": kind.value,
        "counted_on": new.counted_on,
        "value": value,
        "changed": recorded is not None,
        "in_force_on": new.in_force_on,
        "revision": new.revision,
    }
    if json:
        show(told | {"published": months}, as_json=True)
        return
    show(told, as_json=False)
    if months:
        show(months, as_json=False, title="What published days had")


@counts.command()
def indicators(
    file: FileArgument,
    *,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Import values of targets that others measure; all lines or none.

    Columns: target_id,counted_on,value,source. A value known of that day is corrected by another
    version; the one before stays.
    """

    def reading(command: Given, at: datetime) -> tuple[Table, Store]:  # noqa: ARG001
        return INDICATORS, one_by_one(entering(command.db, today=command.today))

    import_file(file, reading, register="indicators", by=by, dry_run=dry_run, as_json=json)


def _refuse_to_come(counted_on: datetime, command: Given) -> None:
    if counted_on.date() > command.today:
        raise InvalidInput("Nothing was counted on a day to come.", field="counted_on")


def _months(published: Sequence[Kept]) -> list[dict[str, Any]]:
    """The month ends of those days, and the last day."""
    last = published[-1].day_on if published else None
    return [
        {"as_of": kept.day_on, "value": kept.population.value if kept.population else None}
        for kept in published
        if is_month_end(kept.day_on) or kept.day_on == last
    ]
