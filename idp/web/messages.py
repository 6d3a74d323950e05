"""The translations of sentences for people: the catalogues in `idp/locale`.

Mark a sentence in Python with `N_("…")`, or make a `Message` of it when it has values; templates
translate either with `_(…)`.
"""

from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from idp.kit.languages import Language
from idp.kit.messages import N_, Message

__all__ = ["N_", "Catalogue", "Message"]

_LOCALE = Path(__file__).parent.parent / "locale"


class Catalogue:
    """The translations into one language; a sentence without one stays English.

    Babel compiles the files as they are written; which form a count takes is gettext's business.
    """

    def __init__(self, language: Language, *texts: str) -> None:
        self._translations = _compile("", language.locale)
        for text in texts:
            self._translations.merge(_compile(text, language.locale))

    @classmethod
    def load(cls, language: Language) -> "Catalogue":
        """Read every `idp/locale/<code>/*.po`."""
        files = sorted((_LOCALE / language.code).glob("*.po"))
        return cls(language, *(file.read_text("utf-8") for file in files))

    def gettext(self, text: str | Message, /, **values: Any) -> str:
        """The sentence in this language."""
        if isinstance(text, Message):
            values = {**text.values, **values}
            if len(text.forms) > 1:
                return self.ngettext(text.forms[0], text.forms[1], values["num"], **values)
            text = text.forms[0]
        translated = self._translations.gettext(text) if text else ""
        return translated % values if values else translated

    def ngettext(self, one: str, many: str, count: int, /, **values: Any) -> str:
        """The form of the sentence that fits the count, which is also the value `num`."""
        return self._translations.ngettext(one, many, count) % {"num": count, **values}


def _compile(text: str, locale: str) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(text), locale=locale))
    compiled.seek(0)
    return Translations(compiled)
