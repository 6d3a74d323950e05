"""A CSV file that an operator gives: read line by line, all or none."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from sqlalchemy.orm import Session

from idp.cli.who import acting
from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.settings import Settings

FileArgument = Annotated[Path, typer.Argument(help="CSV in UTF-8, with a header.")]
Line: TypeAlias = Mapping[str, str]


def import_lines(
    file: Path, add: Callable[[Session, Line], None], *, register: str, by: str
) -> int:
    """Add line by line, all or none; the number of lines. Refusals name the line.

    `by` is the operator who gives the command, as `who.acting` has it.
    """
    count = 0
    with acting(Settings(), by) as command:
        for number, line in _read(file):
            with _naming_line(number):
                add(command.db, line)
            count += 1
        note_import(command.db, register=register, lines=count)
    return count


def note_import(db: Session, *, register: str, lines: int) -> None:
    """Journal that a file was read into that register."""
    data = {"register": register, "lines": lines}
    record(db, event="register.imported", counted=False, data=data)


def _read(file: Path) -> Iterator[tuple[int, Line]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            for line in reader:
                yield reader.line_num, {name: (line[name] or "").strip() for name in line if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{file} cannot be read as CSV in UTF-8: {error}.") from error


@contextmanager
def _naming_line(number: int) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise InvalidInput(f"The column {error.args[0]} is missing.") from error
    except ValueError as error:
        raise InvalidInput(f"Line {number}: {error}.") from error
    except InvalidInput as error:
        raise InvalidInput(f"Line {number}: {error.public}") from error
