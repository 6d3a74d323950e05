"""What a handler is given: the request, parts of its address, what dependencies of ours read."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from inspect import iscoroutinefunction, signature
from typing import Any, NewType, get_args
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends
from starlette.requests import Request
from starlette.responses import Response

Reader = Callable[[Request], Awaitable[dict[str, Any]]]
RowId = NewType("RowId", int)
"""A row's number in an address: one that PostgreSQL's `bigint` can be."""
_LARGEST = 2**63 - 1


def reader_of(endpoint: Callable[..., Any], *, in_path: Collection[str] = ()) -> Reader | None:
    """Reads the arguments of `endpoint` from a request; None where FastAPI has to.

    `in_path` are the names for which its address has values. A dependency is an `async def` whose
    own arguments are of this kind, however deep.
    """
    requests: list[str] = []
    parsed: dict[str, Callable[[str], Any]] = {}
    parts: list[tuple[str, Callable[..., Awaitable[Any]], Reader]] = []
    for name, parameter in signature(endpoint).parameters.items():
        if parameter.annotation is Request:
            requests.append(name)
            continue
        if name in in_path and parameter.annotation in _PARSERS:
            parsed[name] = _PARSERS[parameter.annotation]
            continue
        dependency = _dependency(parameter.annotation)
        read = reader_of(dependency) if dependency else None
        if dependency is None or read is None:
            return None
        parts.append((name, dependency, read))

    async def arguments(request: Request) -> dict[str, Any]:
        found: dict[str, Any] = dict.fromkeys(requests, request)
        for name, parse in parsed.items():
            found[name] = parse(request.path_params[name])
        for name, dependency, read in parts:
            found[name] = await dependency(**await read(request))
        return found

    return arguments


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise RequestValidationError([]) from None


def _row_id(text: str) -> RowId:
    if not re.fullmatch("[0-9]{1,19}", text) or not 1 <= int(text) <= _LARGEST:
        raise RequestValidationError([])
    return RowId(int(text))


_PARSERS: Mapping[Any, Callable[[str], Any]] = {str: str, UUID: _uuid, RowId: _row_id}
"""What reads a part of the address, by what the handler takes it for."""


def answers_itself(endpoint: Callable[..., Any]) -> bool:
    """Whether it says that it returns a response: nothing has to be made of what it returns."""
    returned = signature(endpoint).return_annotation
    return isinstance(returned, type) and issubclass(returned, Response)


def _dependency(annotation: Any) -> Callable[..., Awaitable[Any]] | None:
    for mark in get_args(annotation)[1:]:
        if isinstance(mark, Depends) and iscoroutinefunction(mark.dependency):
            return mark.dependency
    return None
