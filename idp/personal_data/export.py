"""All that is held on a person: read by the table of sections, for a page and for a file.

The file is JSON (UTF-8, instants in ISO 8601, UTC); its schema follows from the same table.
"""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from idp.factors.key_models import NO_MODELS, KeyModels
from idp.journal.activity import ASKED_BY_SERVERS
from idp.journal.events import EVENTS
from idp.kit.crypto import Keyring
from idp.kit.db import table_of
from idp.kit.immutable import immutable
from idp.people.identifiers import find_own_number, hashes_of
from idp.personal_data.file_schema import SCHEMA_PATH
from idp.personal_data.names import NameBook
from idp.personal_data.section import Column, Names, Owner, Section
from idp.personal_data.sections import SECTIONS
from idp.sessions.lookup import CurrentSession

_OF_OFFICIALS = "claimed_account"
"""In an entry's data: the account of the computer that an official used."""


@immutable
class Part:
    """A section and its rows, newest first: the values by what the file calls them."""

    section: Section
    rows: tuple[Mapping[str, Any], ...] = field(repr=False)


def owner_of(db: Session, *, keyring: Keyring, session: CurrentSession) -> Owner:
    """The person signed in. By a number that is only claimed nobody's rows are found."""
    own = find_own_number(db, keyring=keyring, person_id=session.person_id)
    is_theirs = own is not None and not own.claim and session.proofing > 0
    hashes = tuple(hashes_of(keyring, own.number)) if own and is_theirs else ()
    return Owner(session.person_id, session.subject_number, hashes, session.held_since)


def read_parts(
    db: Session,
    owner: Owner,
    *,
    keyring: Keyring,
    language: str,
    say: Callable[[str], str],
    models: KeyModels = NO_MODELS,
    is_page: bool = False,
) -> list[Part]:
    """Every section in its order, with ids by name; `say` puts English into the language.

    `models`: the names of those that the operator lists.

    `is_page`: of each as many as stand on the page, and one more where there are more.
    """
    parts = [_read(db, section, owner, keyring=keyring, is_page=is_page) for section in SECTIONS]
    book = NameBook(db, keyring=keyring, language=language, models=models)
    for part in parts:
        for column in part.section.shown:
            if column.names is not None:
                book.note(column.names, (row[column.said] for row in part.rows))
    book.look_up()
    return [
        replace(part, rows=tuple(_named(part.section, row, book, say) for row in part.rows))
        for part in parts
    ]


def _read(db: Session, section: Section, owner: Owner, *, keyring: Keyring, is_page: bool) -> Part:
    table = table_of(section.model)
    sealed = {name for column in section.shown if column.opens for name in column.opens.row}
    wanted = sorted({*(column.name for column in section.shown), *sealed})
    statement = select(*(table.c[name] for name in wanted)).where(section.owned(owner))
    if owner.since is not None and not section.is_theirs_always:
        statement = statement.where(table.c[section.order] >= owner.since)
    statement = statement.order_by(table.c[section.order].desc().nulls_last(), *table.primary_key)
    if is_page:
        statement = statement.limit(section.most_on_page + 1)
    rows = db.execute(statement).mappings()
    return Part(section, tuple(_opened(section, row, keyring) for row in rows))


def _opened(section: Section, row: RowMapping, keyring: Keyring) -> dict[str, Any]:
    said = {column.said: _open(column, row, keyring) for column in section.shown}
    if row.get("actor") or row.get("event") in ASKED_BY_SERVERS:
        said["network_address"] = None  # of whoever did it to them
    if "details" in said:
        said["details"] = {k: v for k, v in said["details"].items() if k != _OF_OFFICIALS}
    return said


def _open(column: Column, row: RowMapping, keyring: Keyring) -> Any:
    value = row[column.name]
    if column.opens is None or value is None:
        return value
    text = column.opens.open(keyring, value, **{name: row[name] for name in column.opens.row})
    return column.parse(text) if column.parse else text


def _named(
    section: Section, row: Mapping[str, Any], book: NameBook, say: Callable[[str], str]
) -> dict[str, Any]:
    named = dict(row)
    for column in section.shown:
        if column.names is Names.EVENT:
            words = EVENTS[row[column.said]].words
            named[column.said] = say(words) if words else ""
        elif column.names is not None:
            named[column.said] = book.name(column.names, row[column.said])
    return named


def as_json(parts: list[Part], *, issuer: str, made_at: datetime) -> dict[str, Any]:
    """The file's value. Each secret that is left out is named, with the reason why."""
    withheld = [
        {"section": part.section.key, "column": name, "why": why}
        for part in parts
        for why, names in part.section.withheld.items()
        for name in names
    ]
    held = {part.section.key: [_plain(row) for row in part.rows] for part in parts}
    about = {"$schema": f"{issuer}{SCHEMA_PATH}", "issuer": issuer, "made_at": _plain(made_at)}
    return {**about, "held": held, "withheld": withheld}


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case StrEnum() | UUID():
            return str(value)
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return value
