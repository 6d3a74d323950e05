"""Finds secrets where none may be: in the journal, in error reports, in logs, in any table."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from sqlalchemy import Engine, text

WATCHED = ("journal_entry", "error_report")


class Tripwire:
    """The secrets of a journey, each under a name that says what it is."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def watch(self, what: str, *secrets: str) -> None:
        """Keep in mind what must show up nowhere."""
        for secret in secrets:
            assert len(secret) >= 6, f"{what}: too short to look for"
            self._secrets[secret] = what

    def found_in(self, written: str) -> set[str]:
        """The names of the secrets a text holds, as they are, percent-encoded or in hexadecimal."""
        return {what for secret, what in self._secrets.items() if _holds(written, secret)}

    def found_in_tables(self, engine: Engine, tables: Iterable[str]) -> dict[str, set[str]]:
        """The names of the secrets that rows of these tables hold, by table."""
        found = {table: self.found_in("\n".join(_rows(engine, table))) for table in tables}
        return {table: names for table, names in found.items() if names}


def all_tables(engine: Engine) -> list[str]:
    """Every table of the product."""
    with engine.connect() as connection:
        names = connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        return [name for name in names if name != "alembic_version"]


def _rows(engine: Engine, table: str) -> Iterator[str]:
    with engine.connect() as connection:
        yield from connection.scalars(text(f'SELECT CAST(t AS text) FROM "{table}" AS t'))


def _holds(written: str, secret: str) -> bool:
    forms = {secret, quote(secret), quote(secret, safe=""), secret.encode().hex()}
    return any(re.search(rf"(?<![\d.]){re.escape(form)}(?!\d)", written) for form in forms)
