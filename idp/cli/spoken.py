"""The language of who gives a command, for sentences about files that officials send them."""

import os
from functools import lru_cache

from idp.kit.languages import LANGUAGES, SOURCE, Language
from idp.kit.tables.faults import Sentence
from idp.web.messages import Catalogue

_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Where POSIX says it, the first that is set."""


@lru_cache(1)
def _catalogue(language: Language) -> Catalogue:
    return Catalogue.load(language)


def say(sentence: Sentence) -> str:
    """The sentence in the language of the terminal; English where we do not speak that."""
    chosen = next(filter(None, map(os.environ.get, _VARIABLES)), "")
    language = LANGUAGES.get(chosen[:2].lower())
    if language is None or language.code == SOURCE:
        return str(sentence)
    return _catalogue(language).gettext(sentence)
