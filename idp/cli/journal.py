"""`idp journal`: what stands behind an error id, and whether the journal is as it was written."""

from typing import Annotated

import typer

from idp.cli.database import serving_engine, unit_of_work
from idp.cli.output import JsonOption, show
from idp.journal.errors import find_error
from idp.journal.seal import verify_journal
from idp.kit.errors import InvalidInput, NotFound
from idp.settings import Settings

app = typer.Typer(name="journal", help="The audit trail.", no_args_is_help=True)


@app.command("show")
def show_error(
    error_id: Annotated[str, typer.Argument(help="The code on the error page: 7KQ4-M2XD.")],
    *,
    json: JsonOption = False,
) -> None:
    """Show the reason behind an error code."""
    with unit_of_work(Settings()) as db:
        report = find_error(db, error_id=error_id.strip().upper())
    if report is None:
        raise NotFound(
            f"Nothing is recorded under {error_id}. Reports are kept for 7 days; of a page that was"
            " not found, or while very many come in, only the log has the code."
        )
    row = {"error_id": report.error_id, "at": report.at, "kind": report.kind}
    show(row | {"detail": report.detail} if json else row | report.detail, as_json=json)


@app.command()
def verify(
    *,
    head: Annotated[
        str, typer.Option(help="A head hash noted earlier; it must still be in the chain.")
    ] = "",
    json: JsonOption = False,
) -> None:
    """Recompute every seal. Exit 1, naming the first seal that does not hold."""
    try:
        known_head = bytes.fromhex(head) if head else None
    except ValueError as error:
        raise InvalidInput("The head hash must be hexadecimal.", field="head") from error
    with serving_engine(Settings()) as engine, engine.connect() as connection:
        verification = verify_journal(connection, known_head=known_head)
    result = {
        "intact": not verification.problem,
        "problem": verification.problem or None,
        "seal_id": verification.seal_id,
        "seals": verification.seal_count,
        "entries": verification.entry_count,
        "not_yet_sealed": verification.unsealed_count,
        "head": verification.head_hash.hex(),
    }
    show(result, as_json=json)
    raise typer.Exit(1 if verification.problem else 0)
