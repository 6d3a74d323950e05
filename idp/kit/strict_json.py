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
        document = _DECODER.decode(text)
        plain = _ENCODER.encode(document).encode()
    except RecursionError:
        raise ValueError("nested too deep") from None
    if b"\\u0000" in plain or not isinstance(document, dict):
        raise ValueError("not an object, or with letters no text has")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands there twice")
    return members


_DECODER = json.JSONDecoder(object_pairs_hook=_once)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
