"""Columns whose values are encrypted, each for its table, column and row.

A table says `mapped_column(Sealed())`; `SealedColumn` encrypts and reads its values. What has to go
over all of them (re-encryption, tests) finds them in the metadata.
"""

import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Dialect, LargeBinary, MetaData, Table, TypeDecorator

from idp.kit.crypto import Ciphertext, DecryptionFailed, Keyring

_log = logging.getLogger(__name__)
_OWNER = "person_id"


class Sealed(TypeDecorator[bytes]):
    """Holds what `SealedColumn.seal` made, and takes nothing else."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 - the library's signature
        """Refuse bytes that nobody encrypted."""
        if value is not None and not isinstance(value, Ciphertext):
            raise TypeError("A sealed column takes what SealedColumn.seal made.")
        return value


class FoundBy(TypeDecorator[bytes]):
    """The keyed hash of what a sealed column of the same row holds: renewed with it."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, sealed: str = "", kind: str = "") -> None:
        super().__init__()
        self.sealed, self.kind = sealed, kind
        """The sealed column's name, and the kind that `Keyring.lookup_hash` is told."""

    @property
    def python_type(self) -> type[bytes]:
        """What its values are, which the library does not pass on from `impl`."""
        return bytes


class SealedColumn:
    """Encrypts and reads one column. A row is its primary key, and its person where it has one.

    Callers give the row's columns by name: KeyError for one that is missing.
    """

    def __init__(self, column: Column[Any]) -> None:
        if not isinstance(column.type, Sealed):
            raise TypeError(f"{column} is not a sealed column.")
        self.column = column
        self.purpose = f"{column.table.name}.{column.name}"
        self.row = row_of(column.table)

    def seal(self, keyring: Keyring, value: str, **row: object) -> Ciphertext:
        """The value, encrypted for this column of that row."""
        return keyring.encrypt(value, purpose=self.purpose, row=[row[name] for name in self.row])

    def open(self, keyring: Keyring, sealed: bytes, **row: object) -> str:
        """What was sealed for this column of that row; raises DecryptionFailed otherwise.

        The log names the place, whatever the caller then makes of it: the row was altered, or a key
        left the ring too early.
        """
        place = [row[name] for name in self.row]
        try:
            return keyring.decrypt(sealed, purpose=self.purpose, row=place)
        except DecryptionFailed as error:
            names = ", ".join(v.hex() if isinstance(v, bytes) else str(v) for v in place)
            told = f"{self.purpose} of row {names}: {error}"
            _log.error("data.altered %s", told)
            raise DecryptionFailed(told) from error


def row_of(table: Table) -> tuple[str, ...]:
    """The columns that a row's ciphertexts are bound to."""
    owner = table.columns.get(_OWNER)
    is_owned = owner is not None and not owner.nullable and not owner.primary_key
    return (*(c.name for c in table.primary_key), *([_OWNER] if is_owned else []))


def sealed_columns(metadata: MetaData) -> Iterator[SealedColumn]:
    """Every encrypted column of the schema."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                yield SealedColumn(column)
