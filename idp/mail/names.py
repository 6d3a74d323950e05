"""What messages call things: ways to sign in, services. Part of it is somebody else's word.

Whoever is in an account names their own app, and its owner reads that name in a notice: it can be
no address, no telephone number, and no second line.
"""

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_service_names
from idp.factors.kinds import KINDS
from idp.factors.ways import find_name
from idp.mail.words import OWN_PAGES
from idp.relying_parties.lookup import find_party_names
from idp.web.messages import N_, Catalogue

_NUMBER = re.compile(r"[+(]*(?:\d[\s()+'’-]*){7,}")
"""Of so many digits somebody could be called, whatever of `_SIGNS` stands between."""
_SIGNS = " ()+-'’"
_UNNAMED = N_("Second step")


def name_of_way(db: Session, told: Mapping[str, Any]) -> str:
    """What its person called the way that a message is about, as a message may say it, or empty."""
    factor_id = told.get("factor")
    return readable(find_name(db, factor_id=UUID(factor_id))) if factor_id else ""


def readable(name: str) -> str:
    """Letters and digits of it, in which no program finds anything to open or to call.

    Digits in disguise (⁰⁹¹, ①) are digits, as a text message would write them.
    """
    kept = "".join(c if c.isalnum() or c in _SIGNS else " " for c in normalize("NFKC", name))
    return " ".join(_NUMBER.sub(" ", kept).split())


def called(catalogue: Catalogue, kind: str, name: str) -> str:
    """The kind of a way, and by which name: Authenticator app “Pixel”."""
    title = catalogue.gettext(KINDS[kind].title if kind in KINDS else _UNNAMED)
    return f"{title} “{name}”" if name else title


def service_of(
    db: Session,
    catalogue: Catalogue,
    language: str,
    *,
    party_id: UUID | None,
    service_id: UUID | None,
) -> str:
    """The service signed in to, of a test application its own name; else the account's pages."""
    if party_id is None:
        return catalogue.gettext(OWN_PAGES)
    party = find_party_names(db, party_ids=[party_id])[party_id]
    if party.is_test or not service_id:
        return party.name(language)
    named = find_service_names(db, service_ids=[service_id]).get(service_id, party)
    return named.name(language)


def service_told(db: Session, catalogue: Catalogue, language: str, told: Mapping[str, Any]) -> str:
    """The same of what a message was given beside the journal."""
    party_id, service_id = (
        UUID(told[name]) if told[name] else None for name in ("relying_party_id", "service_id")
    )
    return service_of(db, catalogue, language, party_id=party_id, service_id=service_id)


def plain(text: str) -> str:
    """The same in letters that every telephone has: without marks, and without dots between."""
    apart = normalize("NFKD", text.translate(_PLAIN))
    kept = "".join(c for c in apart if c.isascii() and (c.isalnum() or c in " ()-'\","))
    return " ".join(kept.split())


_PLAIN = str.maketrans({"đ": "d", "Đ": "D", "“": '"', "”": '"', "’": "'", ".": " ", "/": " "})
