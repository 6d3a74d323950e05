"""Vietnamese or English: the choice for a request, and the catalogues.

English source text is the key. A page's language is, in this order: what a relying party asked for when
the sign-in began (`apply_ui_locales`), what the person chose on the page, Accept-Language, Vietnamese.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from babel.messages.pofile import read_po
from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse

from idp.web import cookies
from idp.web.forms import Query
from idp.web.links import local_return
from idp.web.reply import reply_of

LANGUAGES = ("vi", "en")
DEFAULT = "vi"
