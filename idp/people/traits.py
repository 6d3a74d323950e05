"""What an entry of the journal says of a person's age and sex: the year of birth, and a code."""

from collections.abc import Mapping
from typing import Any

_YEAR = 4


def traits_in_journal(person: Mapping[str, Any]) -> dict[str, Any]:
    """Of `birthdate` (`YYYY-MM-DD` or `YYYY`) and `sex`, where they are there: `born` and `sex`.

    Never a day: with province and sex it would point at people.
    """
    year = str(person.get("birthdate") or "")[:_YEAR]
    born = {"born": int(year)} if year.isdecimal() and len(year) == _YEAR else {}
    return born | ({"sex": str(person["sex"])} if person.get("sex") else {})
