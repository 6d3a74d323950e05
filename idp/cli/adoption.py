"""`idp adoption`: close days, and the counts that rates are taken of."""

from datetime import datetime
from typing import Annotated

import typer

from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.typed import DATES, one_spelling
from idp.cli.who import AsOption, acting
from idp.figures.denominators import (
    DenominatorKind,
    Population,
    list_populations,
    load_published,
    set_denominator,
)
from idp.figures.rollup import roll_up
from idp.figures.rules import counting_rules
from idp.journal.record import record
from idp.settings import Settings

app = typer.Typer(name="adoption", help="The figures of the adoption page.", no_args_is_help=True)


@app.command()
def rollup(
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Forget the closed days and close them again.")
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Close every day up to yesterday. Safe to repeat; a serving node does it by itself."""
    settings = Settings()
    with acting(settings, by) as command:
        rules = counting_rules(settings)
        days = roll_up(command.db.connection(), rules=rules, rebuild=rebuild)
        first, last = (str(days[0]), str(days[-1])) if days else (None, None)
        closed = {"closed_days": len(days), "first": first, "last": last}
        record(
            command.db, event="figures.rolled_up", counted=False, data=closed | {"rebuild": rebuild}
        )
    show(closed, as_json=json)


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
            }
            for population in list_populations(db)
        ]
    show(rows, as_json=json)


@app.command()
def denominator(
    kind: Annotated[DenominatorKind, typer.Argument(help="What was counted.")],
    counted_on: Annotated[datetime, typer.Argument(formats=DATES, help="The date.")],
    value: Annotated[int, typer.Argument(help="The count.")],
    *,
    source: Annotated[
        str, typer.Option(help="Who counted, and where it is published.", callback=one_spelling)
    ],
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Record such a count.

    Replaces the one of the same kind and date, unless that is the synthetic country's.
    """
    with acting(Settings(), by) as command:
        set_denominator(command.db, Population(kind, counted_on.date(), value, source))
    show({"kind": kind.value, "counted_on": counted_on.date(), "value": value}, as_json=json)
