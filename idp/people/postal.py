"""Postal addresses as Vietnam writes them: house and street or village, commune, province."""

import re
from dataclasses import field

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.letters import spelling_key
from idp.kit.messages import N_
from idp.kit.tables.values import code, words
from idp.people.names import name_key

POSTAL = ("street", "commune", "province")
"""The columns of an address: a row of the register says all of them, or none."""
LONGEST = 80
"""Characters of one: what a line behind the window of an envelope holds twice."""
_WRITTEN = re.compile(r"[^\W_][\w\s.,/()'’&+°-]*")
_NO_ADDRESS = N_(
    "Part of a postal address begins with a letter or digit, has 80 characters at most, and no "
    "signs but . , / ( ) - & + and an apostrophe."
)


@immutable
class PostalAddress:
    """Where a letter goes."""

    street: str = field(repr=False)
    commune: str = field(repr=False)
    province: str = field(repr=False)

    @property
    def lines(self) -> tuple[str, str, str]:
        """As they stand below the name."""
        return (self.street, self.commune, self.province)

    def key_of(self, name: str) -> str:
        """What spellings of one addressee share: in a village the address alone is everybody's."""
        lines = (spelling_key(line.replace(",", " ")) for line in self.lines)
        return "\n".join((name_key(name), *lines))


def read_postal(text: str) -> str:
    """One part of an address, from a cell. Raises InvalidInput.

    What begins with a sign would be a formula in the spreadsheet of whoever prints the letters.
    """
    part = words(code(text))
    if len(part) > LONGEST or not _WRITTEN.fullmatch(part):
        raise InvalidInput(_NO_ADDRESS)
    return part
