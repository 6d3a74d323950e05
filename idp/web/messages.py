"""Sentences for people: English source text, translated by the catalogues in `idp/locale`.

Mark a sentence in Python with `N_("…")`, or `Message("… %(count)s …", count=15)` when it has
values; templates translate either with `_(…)`. Keep sentences constant: values come as values.
"""

from collections.abc import Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from idp.kit.messages import N_

__all__ = ["LANGUAGES", "N_", "Catalogue", "Message"]

LANGUAGES = ("vi", "en")
"""Every language, the default first."""

_LOCALE = Path(__file__).parent.parent / "locale"


class Message:
    """A translatable sentence with values for its `%(name)s` placeholders."""

    def __init__(self, text: str, **values: object) -> None:
        self.text = text
        self.values = values

    def __str__(self) -> str:
        return self.text % self.values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(self.text)


class Catalogue:
    """The translations into one language; English is the source and needs no files."""

    def __init__(self, language: str, entries: Mapping[str, str | tuple[str, ...]]) -> None:
        self.language = language
        self._entries = entries

    @classmethod
    def load(cls, language: str) -> "Catalogue":
        """Read every `idp/locale/<language>/*.po`, as written: nothing is compiled beforehand."""
        entries: dict[str, str | tuple[str, ...]] = {}
        for path in sorted((_LOCALE / language).glob("*.po")):
            with path.open("rb") as file:
                entries.update(_entries(read_po(file, locale=language)))
        return cls(language, entries)

    def gettext(self, text: str | Message, **values: object) -> str:
        """The sentence in this language; the English one when there is no translation."""
        if isinstance(text, Message):
            return self.gettext(text.text, **{**text.values, **values})
        found = self._entries.get(text, text)
        translated = found if isinstance(found, str) else found[0]
        return translated % values if values else translated

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The form of the sentence that fits the count; the count is the value `num`."""
        found = self._entries.get(one)
        if found is not None:
            translated = found if isinstance(found, str) else found[0]
        else:
            translated = one if count == 1 else many
        return translated % {"num": count, **values}


def _entries(catalog: Catalog) -> dict[str, str | tuple[str, ...]]:
    entries: dict[str, str | tuple[str, ...]] = {}
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key and message.string and not message.fuzzy:
            entries[key] = (
                message.string if isinstance(message.string, str) else tuple(message.string)
            )
    return entries
