"""Names of environment variables: one that begins as ours do and is none is a slip of the pen.

pydantic looks for the names it knows and never sees another: a misspelt group went unnoticed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

PREFIX, DELIMITER = "IDP_", "__"
OTHERS = frozenset(
    {
        *("IDP_AS", "IDP_PERSON_PASSWORD"),  # of commands
        *("IDP_OWNER_PASSWORD", "IDP_APP_PASSWORD", "IDP_SEALER_PASSWORD"),  # of deploy/roles.sql
    }
)
"""Variables that are read, and are no settings."""
_OF_OTHERS = re.compile(r"IDP_TEST_\w+|IDP_SERVICE_(HOST|PORT\w*)|IDP_PORT(_\d+_\w+)?")
"""The tests', and what Kubernetes tells of a service that is named idp."""


def find_unknown(environ: Iterable[str], fields: Mapping[str, FieldInfo]) -> list[str]:
    """What is wrong with the names that begin as settings do: each with the nearest there is."""
    known = {*_variables(fields), *OTHERS}
    return [
        _told(name, known)
        for name in sorted(map(str.upper, environ))
        if name.startswith(PREFIX) and name not in known and not _OF_OTHERS.fullmatch(name)
    ]


def find_unreadable(environ: Mapping[str, str], fields: Mapping[str, FieldInfo]) -> list[str]:
    """The names of lists, and of groups given whole, that are not written as JSON."""
    lists = {
        *(name.rpartition(DELIMITER)[0] for name, _ in _inner(fields)),
        *(name for name, info in _inner(fields) if get_origin(info.annotation) is tuple),
    }
    return sorted(n for n, value in environ.items() if n.upper() in lists and not _is_json(value))


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _inner(fields: Mapping[str, FieldInfo]) -> Iterator[tuple[str, FieldInfo]]:
    for field, info in fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            for inner, its in info.annotation.model_fields.items():
                yield f"{PREFIX}{field.upper()}{DELIMITER}{inner.upper()}", its


def _variables(fields: Mapping[str, FieldInfo]) -> Iterable[str]:
    """A group may be given whole, as JSON, or by its fields."""
    for field, info in fields.items():
        yield PREFIX + field.upper()
        yield from (name for name, _ in _inner({field: info}))


def _told(name: str, known: Iterable[str]) -> str:
    nearest = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"{name} is no setting" + (f": did you mean {nearest[0]}?" if nearest else ".")
