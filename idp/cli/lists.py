"""`idp adoption`: the lists that agencies deliver of whom their systems served."""

from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_system, list_every_system
from idp.catalogue.models import InformationSystem
from idp.cli.database import unit_of_work
from idp.cli.imports import DryRunOption, FileArgument
from idp.cli.output import JsonOption, show
from idp.cli.progress import progress
from idp.cli.who import AsOption, acting
from idp.figures.lists.behind import list_delivered, listed_people
from idp.figures.lists.delivering import Delivering, is_published
from idp.figures.slice_rows import YEAR, Dimension
from idp.figures.slices import figures_by, read_month
from idp.figures.system_counts import SYSTEM
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.tables.source import opened
from idp.settings import Settings

lists = typer.Typer()
"""Commands that `idp adoption` has beside its own."""
_MONTHS = ["%Y-%m"]
_LONG = 1_000_000
"""Bytes of a file whose progress is shown."""
MonthOption = Annotated[datetime, typer.Option(formats=_MONTHS, help="Such as 2026-10.")]


@lists.command("list")
def deliver_list(
    file: FileArgument,
    *,
    system: Annotated[str, typer.Option(help="Code of the system that served them.")],
    month: MonthOption,
    dry_run: DryRunOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Take in whom a system served in a month; all lines or none, another version of a known list.

    Columns: number,local_sign_ins: a citizen number or tax code, and how often they signed in with
    a local account in that month (0 for never). A file with its header alone: nobody was served.
    """
    settings = Settings()
    with (
        opened(file) as source,
        acting(settings, by) as command,
        progress(file.name, quiet=source.size < _LONG) as tell,
    ):
        delivering = Delivering(command.db, settings.secrets.keyring(), settings.country.time_zone)
        told = delivering.file(
            source,
            system=_get_system(command.db, system),
            month=month.date(),
            dry_run=dry_run,
            progress=lambda: tell(file.name, source.share),
        )
        changes_published = is_published(command.db, told.month_on) and told.is_new
    show(
        {
            "system": system,
            "month": f"{told.month_on:%Y-%m}",
            "version": told.version,
            "lines": told.lines,
            "local_sign_ins": told.local_sign_ins,
            "changed": told.is_new and not dry_run,
            "late": told.is_late,
            "needs_revision": changes_published and not dry_run,
            "dry_run": dry_run,
        },
        as_json=json,
    )


@lists.command("lists")
def show_lists(
    *,
    month: Annotated[
        datetime | None, typer.Option(formats=_MONTHS, help="A frozen month; the newest, else.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """List what each system owed and delivered over 12 months, with true counts of people.

    `people`: whom its lists name and who have an account here; not for outside readers.
    """
    with unit_of_work(Settings()) as db:
        frozen = read_month(db, month.date() if month else None)
        if frozen is None:
            raise InvalidInput("This month is not frozen.", field="month")
        found = figures_by(db, frozen, Dimension.SYSTEM)
        lines: dict[str, int] = {}
        for each in list_delivered(db, frozen):
            lines[each.system] = lines.get(each.system, 0) + each.lines
        rows: list[dict[str, Any]] = []
        for system in list_every_system(db):
            figures = found.get(str(system.id), {})
            people = listed_people(db, frozen, system.id)
            rows.append(
                {
                    "system": system.code,
                    "due": figures.get((SYSTEM, "LISTS_DUE", YEAR), 0),
                    "delivered": figures.get((SYSTEM, "LISTS_DELIVERED", YEAR), 0),
                    "on_time": figures.get((SYSTEM, "LISTS_ON_TIME", YEAR), 0),
                    "lines": lines.get(str(system.id), 0),
                    "people": None if people is None else len(people),
                    "local_sign_ins": figures.get(("sign_in", "LOCAL", "month_before")),
                    "of_all": figures.get(("sign_in", "LEAK_OF", "month_before")),
                }
            )
    show(rows, as_json=json)


def _get_system(db: Session, code: str) -> InformationSystem:
    system = find_system(db, code=code)
    if system is None:
        raise NotFound(f"There is no system {code}.")
    return system
