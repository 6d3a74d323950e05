"""The translations of sentences for people: the catalogues in `idp/locale`.

Mark a sentence in Python with `N_("…")`, or make a `Message` of it when it has values; templates
translate either with `_(…)`.
"""

from pathlib import Path
from typing import Any

from idp.kit.languages import Language
from idp.kit.messages import N_, Message
from idp.kit.po import plural_of, read_po

__all__ = ["N_", "Catalogue", "Message"]

_LOCALE = Path(__file__).parent.parent / "locale"


class Catalogue:
    """The translations into one language; a sentence without one stays English."""

    def __init__(self, *texts: str) -> None:
        self._said: dict[str, tuple[str, ...]] = {}
        for text in texts:
            self._said |= read_po(text)
        header = self._said.pop("", ("",))
        self._form = plural_of(header[0])

    @classmethod
    def load(cls, language: Language) -> "Catalogue":
        """Read every `idp/locale/<code>/*.po`."""
        files = sorted((_LOCALE / language.code).glob("*.po"))
        return cls(*(file.read_text("utf-8") for file in files))

    def gettext(self, text: str | Message, /, **values: Any) -> str:
        """The sentence in this language."""
        if isinstance(text, Message):
            values = {**text.values, **values}
            if len(text.forms) > 1:
                return self.ngettext(text.forms[0], text.forms[1], values["num"], **values)
            text = text.forms[0]
        forms = self._said.get(text)
        translated = forms[self._form(1)] if forms else text
        return translated % values if values else translated

    def ngettext(self, one: str, many: str, count: int, /, **values: Any) -> str:
        """The form of the sentence that fits the count, which is also the value `num`."""
        forms = self._said.get(one)
        said = forms[self._form(count)] if forms else one if count == 1 else many
        return said % {"num": count, **values}
