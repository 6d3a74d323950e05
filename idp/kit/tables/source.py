"""The text of a file that somebody sends, whatever program wrote it."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BufferedReader, BytesIO, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from unicodedata import normalize

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.tables.faults import Unreadable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""What a text begins with that says how it is encoded; Excel's "Unicode Text" is UTF-16."""
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""What .xlsx, .ods and .xls begin with."""
WORKBOOK = N_(
    "This is a workbook, not a text: open it in Excel and save the sheet as “CSV UTF-8 (comma "
    "delimited)” or “Unicode Text”."
)
NOT_UTF_8 = N_(
    "This is not UTF-8 (perhaps Windows-1258 or a font such as TCVN3 or VNI): save the file in "
    "Excel as “CSV UTF-8 (comma delimited)” or “Unicode Text”."
)


class _Digesting(RawIOBase):
    """A file's bytes, digested as they are read: what is noted is what was read."""

    def __init__(self, file: RawIOBase | BytesIO) -> None:
        self.file, self.digest, self.read_bytes = file, sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        count = self.file.readinto(buffer)
        self.digest.update(memoryview(buffer)[:count])
        self.read_bytes += count
        return count

    def close(self) -> None:
        self.file.close()
        super().close()


@immutable
class Source:
    """An open text file; `size` is of all its bytes."""

    lines: TextIO
    size: int
    is_workbook: bool
    _bytes: _Digesting

    @property
    def digest(self) -> str:
        """SHA-256 of what was read of it so far, in hexadecimal."""
        return self._bytes.digest.hexdigest()

    @property
    def share(self) -> float:
        """How much of it was read so far, of 1; 0 for a pipe, whose size nobody knows."""
        return self._bytes.read_bytes / self.size if self.size else 0.0


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """The file as text, as long as the block lasts: UTF-8, or UTF-16 where it says so.

    Bytes that are neither stand in the text as half letters, which no cell may have (`values`).
    InvalidInput where it cannot be opened.
    """
    try:
        raw = _Digesting(file.open("rb", buffering=0))
        size = file.stat().st_size
        buffered: BufferedReader[Any] = BufferedReader(raw)
        head = buffered.peek(4)[:4]
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.", field="file") from error
    with _text_of(buffered, raw, size, head) as source:
        yield source


@contextmanager
def opened_bytes(content: bytes) -> Iterator[Source]:
    """The same of a file that was sent."""
    raw = _Digesting(BytesIO(content))
    buffered: BufferedReader[Any] = BufferedReader(raw)
    with _text_of(buffered, raw, len(content), content[:4]) as source:
        yield source


@contextmanager
def _text_of(buffered: BufferedReader, raw: _Digesting, size: int, head: bytes) -> Iterator[Source]:
    with buffered:
        encoding = _encoding_of(head)
        errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
        with TextIOWrapper(buffered, encoding=encoding, errors=errors, newline="") as lines:
            yield Source(lines, size, head in _WORKBOOKS, raw)


def _encoding_of(head: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if len(head) == 4 and not any(head[1::2]):
        return "utf-16-le"
    return "utf-16-be" if len(head) == 4 and not any(head[::2]) else "utf-8"


def read_text(file: Path) -> str:
    """A whole file as text in NFC, without the mark of its encoding.

    InvalidInput where it cannot be opened, and for what is no text.
    """
    with opened(file) as source:
        if source.is_workbook:
            raise Unreadable(WORKBOOK)
        text = source.lines.read()
    if not is_text(text):
        raise Unreadable(NOT_UTF_8)
    return normalize("NFC", text)


def is_text(text: str) -> bool:
    """Whether every byte of it could be read as a letter."""
    return not any("\ud800" <= c <= "\udfff" for c in text)
