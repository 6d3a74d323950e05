"""Versions of a month as addresses name them: 1 as first published, one more with each revision.

One reader for pages, files, programs and the command line, so that an address that one of them
refuses none of them takes.
"""

import re

from idp.kit.errors import NotFound
from idp.kit.messages import N_

_VERSION = re.compile(r"[1-9]\d{0,3}", re.ASCII)


def read_version(text: str) -> int | None:
    """The revision; None where none is named: that which stands. Raises NotFound."""
    if not text:
        return None
    if not _VERSION.fullmatch(text):
        raise NotFound(N_("There are no figures of this month."))
    return int(text) - 1
