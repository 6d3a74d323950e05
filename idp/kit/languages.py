"""The languages in which the product speaks to people, in one table.

A further language is a row here and a folder `idp/locale/<code>/` of translations. What the
registers call agencies, systems, services and applications does not follow by itself: they hold a
Vietnamese and an English name.
"""

from idp.kit.immutable import immutable


@immutable
class Language:
    """One language."""

    code: str
    """In cookies, `lang`, `ui_locales`, Accept-Language and a person's `locale`."""
    own_name: str
    """How those who read it know it."""
    locale: str
    """By whose rules it counts and writes numbers: a locale of the CLDR, as Babel spells it."""
    product: str = "OneDoor"
    """What this service is called in it: one name, on pages, in mail and in apps."""


LANGUAGES = {
    language.code: language
    for language in (
        Language("vi", own_name="Tiếng Việt", locale="vi_VN", product="Một Cửa ID"),
        Language("en", own_name="English", locale="en_GB"),
    )
}
"""By code, the default first."""
DEFAULT = next(iter(LANGUAGES))
SOURCE = "en"
"""The language of the sentences in the code; it needs no translations."""


@immutable
class Named:
    """What a register calls something."""

    name_vi: str
    name_en: str

    def name(self, language: str) -> str:
        """The name in a language."""
        return name_in(language, vietnamese=self.name_vi, english=self.name_en)


def name_in(language: str, *, vietnamese: str, english: str) -> str:
    """What the registers call something: Vietnamese to its readers, and where there is no other."""
    return vietnamese if language == "vi" else english or vietnamese
