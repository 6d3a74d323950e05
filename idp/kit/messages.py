"""Sentences for people, in rooms that know no page and no language.

They are English in the code and translated where they are shown. Keep them constant: values come
as values.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from idp.kit.immutable import immutable


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools know
    """Mark an English sentence for translation."""
    return text


@immutable
class InMonth:
    """A month as a value of a sentence: any day of it."""

    day: date


@dataclass(init=False)
class Message:
    """A sentence to translate, with values for its `%(name)s` placeholders.

    One that counts is given twice, for one and for many: `Message("%(num)s day left.",
    "%(num)s days left.", num=days)`.
    """

    forms: tuple[str, ...]
    values: dict[str, Any]

    def __init__(self, *forms: str, **values: Any) -> None:
        self.forms = forms
        self.values = values

    def __str__(self) -> str:
        return self.forms[0 if self.values.get("num") == 1 else -1] % self.values
