"""Names of communes as people type what they look for: without marks, with or without their kind.

Many remember what a place was called before the mergers, and few phones of the old have marks.
"""

import re

from idp.kit.letters import without_marks

_KIND = re.compile(r"^(phuong|xa|dac khu|thi tran|p|x|tt)\b\.? *(?=.)")
"""What kind of commune it is: not everybody writes it, and mergers changed it."""


def commune_key(name: str) -> str:
    """What all spellings of one commune's name share."""
    plain = " ".join(re.sub(r"[^\w ]", " ", without_marks(name)).split())
    return _KIND.sub("", plain)


def keys_of(*names: str) -> str:
    """The keys of several names, each between bars: so that a whole name is told from a part."""
    return "|" + "".join(f"{key}|" for name in names if (key := commune_key(name)))
