"""Who someone says they are, and whether the population register agrees."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from idp.kit.crypto import Keyring
from idp.people.identifiers import normalise_number
from idp.people.models import Sex
from idp.people.names import name_key, normalise_birthdate, normalise_name
from idp.people.population import PopulationEntry, population_register


@dataclass(frozen=True)
class Declaration:
    """Who someone says they are, every value in its one spelling (see `declare`)."""

    number: str = field(repr=False)
    name: str
    birthdate: str
    sex: Sex


def declare(*, number: str, name: str, birthdate: str, sex: str, at: datetime) -> Declaration:
    """Check what someone declares. Raises InvalidInput naming the field."""
    return Declaration(
        number=normalise_number(number, today=at.date()),
        name=normalise_name(name),
        birthdate=normalise_birthdate(birthdate, today=at.date()),
        sex=Sex(sex),
    )


def match_declaration(
    db: Session, *, keyring: Keyring, declaration: Declaration
) -> PopulationEntry | None:
    """The population register's entry when everything declared agrees with it."""
    entry = population_register(db, keyring=keyring).find(number=declaration.number)
    if entry is None or (entry.birthdate, entry.sex) != (declaration.birthdate, declaration.sex):
        return None
    return entry if name_key(entry.name) == name_key(declaration.name) else None
