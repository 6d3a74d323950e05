"""Reading a JSON object that a stranger wrote, so that a database can hold it.

`json` reads it; what `json` lets pass, and no option of it refuses, is refused here.
"""

import json
from typing import Any


def parse_object(text: str) -> dict[str, Any]:
    """The object, each name in it once, without NUL, half letters, and numbers JSON has not.

    Raises ValueError for everything else.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once)
        plain = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    if b"\\u0000" in plain or not isinstance(found, dict):
        raise ValueError("not an object, or with letters no text has")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found
