"""What is made once, compared by what it holds, and never changed.

A frozen dataclass has six methods written and compiled for it alone when its module is read: there
are five hundred, and they were a fifth of a start. Here a class has its constructor written, and
the rest once, below. That nobody changes one is the type checker's to see.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def immutable(cls: type[T], /) -> type[T]: ...


@overload
def immutable(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def immutable(cls: type[T] | None = None, /, *, kw_only: bool = False) -> Any:
    """Make a class a dataclass with `==`, `hash` and `repr`; those that it has itself stay."""

    def make(cls: type[T]) -> type[T]:
        made: Any = dataclass(repr=False, eq=False, kw_only=kw_only)(cls)
        for name, method in _METHODS.items():
            if name not in vars(cls):
                setattr(made, name, method)
        compared = [each.name for each in fields(made) if each.compare]
        made.__held__ = staticmethod(attrgetter(*compared) if compared else _nothing)
        return cls

    return make if cls is None else make(cls)


def _eq(self: Any, other: Any) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return self.__held__(self) == other.__held__(other)


def _hash(self: Any) -> int:
    return hash(self.__held__(self))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _nothing(_self: object) -> tuple[()]:
    return ()


_METHODS = {"__eq__": _eq, "__hash__": _hash, "__repr__": _repr}
