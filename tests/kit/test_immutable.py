"""What is never changed, made at a fifth of a frozen dataclass's price."""

import dataclasses
from dataclasses import field
from functools import cached_property
from typing import Generic, TypeVar

import pytest

from idp.kit.immutable import immutable

T = TypeVar("T")


@immutable
class Card:
    number: str
    name: str = ""
    secret: str = field(default="", repr=False)
    noted: list[str] = field(default_factory=list, compare=False)

    @cached_property
    def label(self) -> str:
        return f"{self.number} {self.name}".strip()


@immutable
class Stamped(Card):
    day: int = 0


@immutable(kw_only=True)
class Found(Generic[T]):
    what: T
    at: int = 0


@immutable
class Nothing:
    """Of no fields."""


@immutable
class Folded:
    text: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Folded) and self.text.lower() == other.text.lower()

    def __hash__(self) -> int:
        return hash(self.text.lower())


def test_it_is_what_it_holds() -> None:
    card = Card("1", "Lan", secret="a", noted=["here"])
    assert card == Card("1", "Lan", secret="a")
    assert hash(card) == hash(Card("1", "Lan", secret="a"))
    assert card.label == "1 Lan"
    assert card == Card("1", "Lan", secret="a")  # what it has worked out is no part of it
    assert len({card, Card("1", "Lan", "a"), Card("1", "Lan", "b"), Card("2", "Lan", "a")}) == 3
    assert Found(what=(1,)) == Found(what=(1,))
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


def test_another_kind_is_another_thing() -> None:
    assert Card("1") != Stamped("1")
    assert Stamped("1") != Stamped("1", day=1)
    others: list[object] = ["1", Nothing(), None]
    assert Card("1") not in others


def test_it_shows_what_may_be_shown() -> None:
    card = Stamped("1", "Lan", secret="hush", day=3)
    assert repr(card) == "Stamped(number='1', name='Lan', noted=[], day=3)"
    assert "hush" not in repr(card)


def test_it_is_a_dataclass_to_who_asks() -> None:
    card = dataclasses.replace(Card("1", "Lan"), name="Hoa")
    assert dataclasses.asdict(card) == {"number": "1", "name": "Hoa", "secret": "", "noted": []}
    match card:
        case Card("1", name):
            assert name == "Hoa"


def test_fields_by_name_alone() -> None:
    with pytest.raises(TypeError):
        Found(1)  # type: ignore[call-arg]
    assert Found(what=1, at=2).at == 2


def test_a_class_keeps_what_it_says_itself() -> None:
    assert Folded("A") == Folded("a")
    assert len({Folded("A"), Folded("a")}) == 1
    assert repr(Folded("A")) == "Folded(text='A')"
