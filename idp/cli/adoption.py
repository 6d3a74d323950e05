"""`idp adoption`: close days and months, count them again, revise them."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from idp.adoption.report.facts import find_month, read_report
from idp.adoption.report.make import make_report
from idp.adoption.report.period import Period
from idp.cli.counts import ReviseOption, counts
from idp.cli.database import unit_of_work
from idp.cli.lists import lists
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, acting
from idp.figures.days import month_end
from idp.figures.month_recount import MonthDifference, rebuild_months, verify_months
from idp.figures.month_recount import revise as revise_published
from idp.figures.published import list_revisions
from idp.figures.recount import Difference
from idp.figures.recount import rebuild as count_again
from idp.figures.recount import verify as verify_figures
from idp.figures.rolling_days import (
    RollingDifference,
    rebuild_windows,
    roll_windows,
    verify_rolling,
)
from idp.figures.rollup import LOCK, roll_up
from idp.figures.rules import counting_rules
from idp.figures.slices import list_freezes
from idp.figures.versions import read_version
from idp.journal.record import record
from idp.kit.db import read_one_instant, wait_for_lock
from idp.kit.errors import InvalidInput
from idp.runtime import make_pages
from idp.settings import Settings

app = typer.Typer(name="adoption", help="The figures of the adoption page.", no_args_is_help=True)
app.add_typer(counts)
app.add_typer(lists)

_MONTHS, _DAYS = ["%Y-%m"], ["%Y-%m-%d"]
_REVISION = ("number", "revised_at", "first_on", "last_on", "reason")
_Differs: TypeAlias = Difference | MonthDifference | RollingDifference


class ReportKind(StrEnum):
    """What a report is written as."""

    PDF = "pdf"
    DOCX = "docx"


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

    Published figures, the ladder and the times of closing stay, with --rebuild too; the rolling
    windows, which are not published, are counted anew with it.
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
            windows_of = rebuild_windows(command.db.connection())
            told = {
                "differences": len(differences),
                "revision": again.revision,
                "frozen_months": [str(day) for day in months.added],
                "revised_months": [str(day) for day in months.revised],
            }
        else:
            days = roll_up(command.db.connection(), rules=counting_rules(settings))
            windows_of = roll_windows(command.db.connection())
        first, last = (str(days[0]), str(days[-1])) if days else (None, None)
        closed = {"closed_days": len(days), "first": first, "last": last, **told}
        closed["rolling_windows_of"] = str(windows_of) if windows_of else None
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
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=_DAYS, help="Only the rolling windows of this day, one of the last 400."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare every published figure with the journal; fails when one differs.

    Each closing is repeated as it was, each freeze of a month as it was, and the rolling windows
    of the last day. The ladder of services and UNI_REACH cannot be: registry and accounts keep no
    history. Revisions and denominators are looked for in the journal.
    """
    if month and day:
        raise InvalidInput("Name a month or a day, not both.")
    with unit_of_work(Settings()) as db:
        read_one_instant(db)
        months = None if day else verify_months(db, month_end(month.date()) if month else None)
        days = None if month or day else verify_figures(db)
        rows, rolling = (0, []) if month else verify_rolling(db, day.date() if day else None)
    told: dict[str, Any] = {} if month else {"rolling_rows": rows}
    if months is not None:
        told |= {"freezes": months.freezes, "rows": months.rows, "altered": list(months.altered)}
    if days is not None:
        told |= {
            "days": days.days,
            "figures": days.figures,
            "not_comparable": days.not_comparable,
            "unexplained": list(days.unexplained),
        }
    differences: list[_Differs] = [
        *(days.differences if days else ()),
        *(months.differences if months else ()),
        *rolling,
    ]
    _show(told, differences, as_json=json)
    if differences or told.get("altered") or told.get("unexplained"):
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


@app.command()
def revisions(*, json: JsonOption = False) -> None:
    """List what of published days was replaced, and why; the newest first."""
    with unit_of_work(Settings()) as db:
        rows = [
            {name: getattr(revision, name) for name in _REVISION} for revision in list_revisions(db)
        ]
    show(rows, as_json=json)


@app.command()
def report(
    *,
    month: Annotated[str, typer.Option(help="Of this month, such as 2026-10.")] = "",
    quarter: Annotated[str, typer.Option(help="Of this quarter, such as 2026Q3.")] = "",
    kind: Annotated[ReportKind, typer.Option("--format", help="For reading, or for editing.")] = (
        ReportKind.PDF
    ),
    version: Annotated[str, typer.Option(help="Of the month; else the one that stands.")] = "",
    out: Annotated[Path | None, typer.Option(help="The file; else one named for it, here.")] = None,
    json: JsonOption = False,
) -> None:
    """Write the official report of a frozen month or quarter, in Vietnamese.

    The same freeze gives the same file, byte for byte.
    """
    if bool(month) == bool(quarter):
        raise InvalidInput("Name a month or a quarter: --month 2026-10, or --quarter 2026Q3.")
    settings, asked = Settings(), Period.read(month or quarter)
    if asked.is_quarter is not bool(quarter):
        raise InvalidInput("Name a month or a quarter: --month 2026-10, or --quarter 2026Q3.")
    with unit_of_work(settings) as db:
        read_one_instant(db)
        frozen = find_month(db, asked, revision=read_version(version))
        found = read_report(db, asked, frozen, settings.adoption)
    path = out or Path(f"{asked.file_name(frozen.revision)}.{kind}")
    path.write_bytes(make_report(found, kind, pages=make_pages(settings)))
    told = {"freeze": frozen.number, "sha256": frozen.rows_hash.hex()}
    show({"file": str(path), **told}, as_json=json)


def _show(told: dict[str, Any], differences: Sequence[_Differs], *, as_json: bool) -> None:
    rows = [vars(difference) for difference in differences]
    if as_json:
        show(told | {"differences": rows}, as_json=True)
        return
    show(told, as_json=False)
    if rows:
        show(rows, as_json=False, title="Published, and counted from the journal")
