"""A CSV file that an operator gives: read line by line, all or none."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, TypeAlias

import typer
from sqlalchemy.orm import Session

from idp.cli.who import acting
from idp.journal.record import record
from idp.kit.errors import InvalidInput
from idp.settings import Settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

FileArgument = Annotated[Path, typer.Argument(help="CSV in UTF-8, with a header.")]
Line: TypeAlias = Mapping[str, str]


def import_lines(
    file: Path, add: Callable[[Session, Line], None], *, register: str, by: str
) -> int:
    """Add line by line, all or none; the number of lines. Refusals name the line.

    `by` is the operator who gives the command, as `who.acting` has it.
    """
    count = 0
    with digested(file) as source, acting(Settings(), by) as command:
        for number, line in _read(source):
            with _naming_line(number):
                add(command.db, line)
            count += 1
        note_import(command.db, source, register=register, lines=count)
    return count


class _Digesting(RawIOBase):
    """A file's bytes, digested as they are read: what is noted is what was read."""

    def __init__(self, file: Path) -> None:
        self.file, self.digest = file.open("rb", buffering=0), sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = self.file.readinto(buffer)
        self.digest.update(memoryview(buffer)[:count])
        return count

    def close(self) -> None:
        self.file.close()
        super().close()


@dataclass(frozen=True)
class Source:
    """A text file; `digest` is of what was read of it so far, in hexadecimal."""

    name: str
    lines: TextIO
    _bytes: _Digesting

    @property
    def digest(self) -> str:
        """SHA-256."""
        return self._bytes.digest.hexdigest()


@contextmanager
def digested(file: Path) -> Iterator[Source]:
    """The file in UTF-8, open as long as the block lasts. InvalidInput when it cannot be opened."""
    try:
        source = _Digesting(file)
    except OSError as error:
        reason = f"{file} cannot be read: {error.strerror}."
        raise InvalidInput(reason, field="file") from error
    with TextIOWrapper(BufferedReader(source), encoding="utf-8-sig", newline="") as lines:
        yield Source(str(file), lines, source)


def note_import(db: Session, source: Source, *, register: str, **told: int | str) -> None:
    """Journal that a file was read into that register, which file, and what came of it."""
    data = {"register": register, "sha256": source.digest, **told}
    record(db, event="register.imported", counted=False, data=data)


def _read(source: Source) -> Iterator[tuple[int, Line]]:
    try:
        reader = csv.DictReader(source.lines, strict=True)
        for line in reader:
            yield reader.line_num, {name: (line[name] or "").strip() for name in line if name}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{source.name} cannot be read as CSV in UTF-8: {error}.") from error


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
