"""`idp letters`: codes by post, printed where there is no console at hand."""

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from idp.accounts.letter_batches import (
    Batch,
    confirm_printed,
    count_waiting,
    list_printed,
    note_returned,
    print_letters,
    read_batch,
)
from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, Given, acting
from idp.console.letter_paper import letters_file, printable
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.languages import DEFAULT
from idp.runtime import make_pages
from idp.settings import Settings

app = typer.Typer(name="letters", help="Codes by post.", no_args_is_help=True)

FolderArgument = Annotated[
    Path, typer.Argument(help="A folder, on this computer alone, that the files go into.")
]
_LISTED = 50


@app.command("print")
def print_waiting(folder: FolderArgument, *, by: AsOption = "", json: JsonOption = False) -> None:
    """Make the letters that wait, as pages to print and as a file for a post office's machine.

    The codes stand in these two files and nowhere else: print them, then delete both.
    """
    settings = Settings()
    with acting(settings, by) as command:
        made = _print(command, settings, folder)
    _show(made, as_json=json)


@app.command()
def again(
    batch: Annotated[UUID, typer.Argument(help="The batch, as `idp letters list` has it.")],
    folder: FolderArgument,
    *,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Make the letters of a batch anew whose codes were not typed, once: the old ones are void."""
    settings = Settings()
    with acting(settings, by) as command:
        made = _print(command, settings, folder, again=batch)
    _show(made, as_json=json)


@app.command()
def returned(
    reference: Annotated[str, typer.Argument(help="The ten digits above the address.")],
    *,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Note that the post brought a letter back: its code is void, and its person is told."""
    with acting(Settings(), by) as command:
        if not note_returned(command.db, reference=reference, at=clock.now()):
            raise NotFound("No letter that is under way has this number.")
    show({"reference": reference}, as_json=json)


@app.command("list")
def list_batches(*, json: JsonOption = False) -> None:
    """List how many letters wait, and the batches of before, newest first."""
    with unit_of_work(Settings()) as db:
        at = clock.now()
        waiting = count_waiting(db, at=at)
        batches = list_printed(db, at=at, limit=_LISTED)
    rows = [
        {
            "batch": one.id,
            "made_at": one.made_at,
            "letters": one.letters,
            "not_used": one.left,
            "confirmed": one.is_confirmed,
        }
        for one in batches
    ]
    typer.echo(f"{waiting} wait.", err=True)
    show(rows, as_json=json)


def _print(
    command: Given, settings: Settings, folder: Path, *, again: UUID | None = None
) -> dict[str, object] | None:
    """None where there is nothing to print: what waited for no letter waits no more.

    Raises InvalidInput for a folder that takes none: nothing is printed then, no file is left.
    """
    db, keyring, at = command.db, settings.secrets.keyring(), clock.now()
    batch_id = print_letters(
        db,
        keyring=keyring,
        settings=settings.throttle,
        valid=settings.post.valid,
        by=command.by,
        at=at,
        again=again,
    )
    batch = (
        read_batch(db, keyring=keyring, batch_id=batch_id, at=at, form="files")
        if batch_id
        else None
    )
    if batch is None:
        return None
    paper, file = _write_both(settings, folder, batch)
    confirm_printed(db, batch_id=batch.id, at=at)
    return {
        "batch": batch.id,
        "letters": len(batch.letters),
        "pages": str(paper),
        "file": str(file),
    }


def _show(made: dict[str, object] | None, *, as_json: bool) -> None:
    """Said once it is committed. Raises NotFound where nothing was printed."""
    if made is None:
        raise NotFound("There is no letter to print.")
    show(made, as_json=as_json)


def _write_both(settings: Settings, folder: Path, batch: Batch) -> tuple[Path, Path]:
    pages = make_pages(settings)
    paper, file = (folder / f"letters-{batch.id}.{kind}" for kind in ("html", "csv"))
    try:
        _write(paper, printable(pages, batch.letters, language=DEFAULT).encode())
        _write(file, letters_file(pages, batch.letters))
    except OSError as error:
        for written in (paper, file):
            written.unlink(missing_ok=True)
        raise InvalidInput(
            f"{folder} takes no files ({error.strerror}).", field="folder"
        ) from error
    return paper, file


def _write(path: Path, content: bytes) -> None:
    """A file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
