"""Who someone says they are, and how well that is proven.

Proofing is 0 for what was only declared, also when it matches the population register: that is
knowledge, and an ID card prints it. It is 1 when it matches and a possession was shown, 2 when it
was proven face to face. Only `accounts.proofing` changes it.
"""

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import partial

from idp.kit import clock
from idp.kit.errors import errors_in_each
from idp.kit.immutable import immutable
from idp.people.identifiers import birth_year, normalise_number
from idp.people.models import Sex
from idp.people.names import lacks_marks_only, name_key, normalise_birthdate, normalise_name

LEVELS = (0, 1, 2)
_GOOD = {"number": "001090000001", "name": "A", "birthdate": "1990"}
FACE_TO_FACE = 2


@immutable
class Declaration:
    """Who someone says they are, every value in its one spelling (see `declare`)."""

    number: str = field(repr=False)
    name: str
    birthdate: str
    sex: Sex

    @property
    def key(self) -> str:
        """What two spellings of the whole declaration share."""
        return json.dumps([self.number, name_key(self.name), self.birthdate, self.sex])

    def differing(self, other: "Declaration") -> tuple[str, ...]:
        """The fields in which the other says another person, whatever the spelling of the name."""
        is_same = {
            "name": name_key(self.name) == name_key(other.name),
            "birthdate": self.birthdate == other.birthdate,
            "sex": self.sex == other.sex,
        }
        return tuple(name for name, same in is_same.items() if not same)

    def is_on_card(self, *, name: str, birthdate: str, may_lack_marks: bool = False) -> bool:
        """Whether an ID card with this name and birthdate says the same of them.

        The card may know the day where they said the year alone; never the other way round.
        """
        is_named = name_key(self.name) == name_key(name)
        if may_lack_marks and not is_named:
            is_named = lacks_marks_only(self.name, name)
        return is_named and self.birthdate == birthdate[: len(self.birthdate)]


def declare(*, number: str, name: str, birthdate: str, sex: str, at: datetime) -> Declaration:
    """Check what someone declares. Raises InvalidInput naming the field.

    Of the date of birth day and month are enough: the number states the year.
    """
    today = clock.day_of(at)
    number = normalise_number(number, today=today)
    return Declaration(
        number=number,
        name=normalise_name(name),
        birthdate=normalise_birthdate(birthdate, today=today, year=birth_year(number)),
        sex=Sex(sex),
    )


def find_errors(*, number: str, name: str, birthdate: str, at: datetime) -> dict[str, str]:
    """What is wrong with each of what someone declares; of the sex its form says it itself."""
    typed: Mapping[str, str] = {"number": number, "name": name, "birthdate": birthdate}
    return errors_in_each(partial(declare, sex=Sex.MALE, at=at), typed, good=_GOOD)
