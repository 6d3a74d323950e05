"""`idp adoption`: close days, and the counts that rates are taken of."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeAlias

import typer

from idp.cli.database import unit_of_work
from idp.cli.imports import DryRunOption, FileArgument, import_file
from idp.cli.output import JsonOption, show
from idp.cli.typed import DATES, one_spelling
from idp.cli.who import AsOption, Given, acting
from idp.figures.days import is_month_end, month_end
from idp.figures.denominators import (
    DenominatorKind,
    Kept,
    Population,
    list_populations,
    load_published,
    set_denominator,
)
from idp.figures.indicators import INDICATORS, entering
from idp.figures.month_recount import MonthDifference, rebuild_months, verify_months
from idp.figures.month_recount import revise as revise_published
from idp.figures.place_counts import COUNTS, Counting
from idp.figures.published import list_revisions
from idp.figures.recount import Difference
from idp.figures.recount import rebuild as count_again
from idp.figures.recount import verify as verify_figures
from idp.figures.rollup import LOCK, roll_up
from idp.figures.rules import counting_rules
from idp.figures.slices import list_freezes
from idp.journal.record import record
from idp.kit.db import read_one_instant, wait_for_lock
from idp.kit.errors import InvalidInput
from idp.kit.tables.imports import Store, one_by_one
from idp.kit.tables.reader import Table
from idp.settings import Settings

app = typer.Typer(name="adoption", help="The figures of the adoption page.", no_args_is_help=True)

_MONTHS = ["%Y-%m"]
_REVISION = ("number", "revised_at", "first_on", "last_on", "reason")
_Differs: TypeAlias = Difference | MonthDifference
_MOST = 10**12
"""Beyond every count of people: a slip of the pen."""
ReviseOption = Annotated[
    str,
    typer.Option(
        "--revise", help="Change what is published too, as a revision: why. Shown on the page."
    ),
]


@app.command()
def rollup(
    *,
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild", help="Count the closed days again, and list what is published otherwise."
        ),
    ] = False,
    revise: ReviseOption = "",
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Close every day up to yesterday. Safe to repeat; a serving node does it by itself.

    Published figures, the ladder and the times of closing stay, with --rebuild too.
    """
    if revise and not rebuild:
        raise InvalidInput("--revise needs --rebuild.")
    settings = Settings()
    differences: list[_Differs] = []
    with acting(settings, by) as command:
        told: dict[str, Any] = {}
        if rebuild:
            again = count_again(command.db, reason=revise)
            months = rebuild_months(command.db, rules=counting_rules(settings), reason=revise)
            days: Sequence[date] = again.days
            differences = [*again.differences, *months.differences]
            told = {
                "differences": len(differences),
                "revision": again.revision,
                "frozen_months": [str(day) for day in months.added],
                "revised_months": [str(day) for day in months.revised],
            }
        else:
            days = roll_up(command.db.connection(), rules=counting_rules(settings))
        first, last = (str(days[0]), str(days[-1])) if days else (None, None)
        closed = {"closed_days": len(days), "first": first, "last": last, **told}
        data = closed | {"rebuild": rebuild}
        record(command.db, event="figures.rolled_up", counted=False, data=data)
    _show(closed, differences, as_json=json)


@app.command()
def verify(
    *,
    month: Annotated[
        datetime | None,
        typer.Option(formats=_MONTHS, help="Only the freezes of this month, such as 2026-10."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare every published figure with the journal; fails when one differs.

    Each closing is repeated as it was, each freeze of a month as it was. The ladder of services
    cannot be: the registry keeps no history. Revisions and denominators are looked for in the
    journal.
    """
    with unit_of_work(Settings()) as db:
        read_one_instant(db)
        months = verify_months(db, month_end(month.date()) if month else None)
        days = None if month else verify_figures(db)
    told: dict[str, Any] = {"freezes": months.freezes, "rows": months.rows}
    told["altered"] = list(months.altered)
    if days is not None:
        told |= {
            "days": days.days,
            "figures": days.figures,
            "not_comparable": days.not_comparable,
            "unexplained": list(days.unexplained),
        }
    differences: list[_Differs] = [*months.differences]
    if days is not None:
        differences[:0] = days.differences
    _show(told, differences, as_json=json)
    if differences or told["altered"] or told.get("unexplained"):
        raise typer.Exit(1)


@app.command()
def months(*, json: JsonOption = False) -> None:
    """List every freeze of every month: what was published, when, by what, and why anew."""
    with unit_of_work(Settings()) as db:
        rows = [
            {
                "month": freeze.name,
                "revision": freeze.revision,
                "freeze": freeze.number,
                "frozen_at": freeze.frozen_at,
                "code": freeze.code_version,
                "definitions": freeze.definitions_version,
                "sha256": freeze.rows_hash.hex(),
                "reason": freeze.reason,
            }
            for freeze in list_freezes(db)
        ]
    show(rows, as_json=json)


@app.command()
def revise(
    month: Annotated[datetime, typer.Argument(formats=_MONTHS, help="Such as 2026-10.")],
    *,
    reason: Annotated[str, typer.Option(help="Why, for its readers.")],
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Publish a month as the journal gives it now; what was published stays beside it.

    Nothing is published where nothing differs.
    """
    with acting(Settings(), by) as command:
        wait_for_lock(command.db.connection(), LOCK)
        last = month_end(month.date())
        number, changed = revise_published(command.db, last, reason=reason)
    _show({"freeze": number, "changed": len(changed)}, changed, as_json=json)


@app.command(help=f"Enter residents and enterprises of provinces. Columns: {COUNTS.heading}.")
def provinces(
    file: FileArgument,
    *,
    counted_on: Annotated[datetime, typer.Option(formats=DATES, help="The date of the counts.")],
    source: Annotated[
        str, typer.Option(help="Who counted, and where it is published.", callback=one_spelling)
    ],
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Frozen months keep what they had, until one is revised."""

    def reading(command: Given, _at: datetime) -> tuple[Table, Store]:
        if counted_on.date() > command.today:
            raise InvalidInput("Nothing was counted on a day to come.", field="counted_on")
        counting = Counting(command.db, counted_on.date(), source)
        return COUNTS, one_by_one(counting.store)

    import_file(file, reading, register="place_counts", by=by, dry_run=dry_run, as_json=json)


@app.command()
def revisions(*, json: JsonOption = False) -> None:
    """List what of published days was replaced, and why; the newest first."""
    with unit_of_work(Settings()) as db:
        rows = [
            {name: getattr(revision, name) for name in _REVISION} for revision in list_revisions(db)
        ]
    show(rows, as_json=json)


def _show(told: dict[str, Any], differences: Sequence[_Differs], *, as_json: bool) -> None:
    rows = [vars(difference) for difference in differences]
    if as_json:
        show(told | {"differences": rows}, as_json=True)
        return
    show(told, as_json=False)
    if rows:
        show(rows, as_json=False, title="Published, and counted from the journal")


@app.command()
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


@app.command()
def denominator(
    kind: Annotated[DenominatorKind, typer.Argument(help="What was counted.")],
    counted_on: Annotated[datetime, typer.Argument(formats=DATES, help="The date.")],
    value: Annotated[int, typer.Argument(min=1, max=_MOST, help="The count.")],
    *,
    source: Annotated[
        str, typer.Option(help="Who counted, and where it is published.", callback=one_spelling)
    ],
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
        if counted.counted_on > command.today:
            raise InvalidInput("Nothing was counted on a day to come.", field="counted_on")
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


@app.command()
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


def _months(published: Sequence[Kept]) -> list[dict[str, Any]]:
    """The month ends of those days, and the last day."""
    last = published[-1].day_on if published else None
    return [
        {"as_of": kept.day_on, "value": kept.population.value if kept.population else None}
        for kept in published
        if is_month_end(kept.day_on) or kept.day_on == last
    ]
