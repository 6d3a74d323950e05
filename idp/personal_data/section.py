"""What a part of one's data is: rows of a table, and what of them is handed to their person."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from idp.kit.db import Base, table_of
from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.sealed import SealedColumn

INTERNAL = N_("By it rows find each other here; it says nothing of you.")
SECRET = N_("It would open your account, or let others try: nobody is shown it.")
OTHERS = N_("It tells of another person, such as an official who did something.")


class Names(Enum):
    """Of what an id is shown by its name."""

    PARTY = auto()
    SERVICE = auto()
    AGENCY = auto()
    ORGANIZATION = auto()
    ORGANIZATION_NUMBER = auto()
    SOURCE = auto()
    """A network address, where the person themselves asked from it."""
    KEY_MODEL = auto()
    """Of a security key, as the operator's list calls it."""
    EVENT = auto()
    """What the history says of an event."""


@immutable
class Owner:
    """Whose data it is; `number_hashes` only where the number was shown to be theirs.

    `since`: when the account became theirs; None: it always was.
    """

    person_id: UUID
    subject_number: int
    number_hashes: tuple[bytes, ...] = field(default=(), repr=False)
    since: datetime | None = None


@immutable
class Column:
    """A column that is handed over: `label` on the page, empty where it is in the file alone.

    In the file it is `key`, or has the column's name. `words` are what its values are called. It
    may be `a_part` of a column that is withheld otherwise: on the page only where a row has it.
    """

    name: str
    label: str = ""
    key: str = ""
    opens: SealedColumn | None = None
    names: Names | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    parse: Callable[[str], Any] | None = None
    a_part: bool = False

    @property
    def said(self) -> str:
        """What it is called in the file."""
        return self.key or self.name


@immutable(kw_only=True)
class Section:
    """A part of one's data.

    `withheld` are the columns that are not handed over, by the reason why: with `shown` they are
    all that the table has. Newest first by `order`, an instant as a rule: rows older than the
    account is theirs are another's, but for `is_theirs_always`. `most_on_page` stand on the page.
    """

    key: str
    title: str
    model: type[Base]
    owned: Callable[[Owner], ColumnElement[bool]]
    shown: tuple[Column, ...]
    withheld: Mapping[str, tuple[str, ...]]
    order: str
    is_theirs_always: bool = False
    """Whether what is older may be theirs, too: it follows the number, or `owned` says what is."""
    most_on_page: int = 10

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the table."""
        return frozenset(table_of(self.model).c.keys())

    @property
    def spoken_for(self) -> list[str]:
        """Those that are shown or withheld, each once."""
        of_withheld = (name for names in self.withheld.values() for name in names)
        shown = {column.name for column in self.shown if not column.a_part}
        return sorted([*shown, *of_withheld])
