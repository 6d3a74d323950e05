"""By what means people sign in, as the journal tells it: a class of device and a language.

Two codes of a fixed list, for the figures alone; never what a browser says of itself. Said once for
a unit of work, as where it was asked from is (`journal.sources`).
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

_KEY = "journal.means"


class DeviceClass(StrEnum):
    """What somebody signs in at."""

    PHONE = "phone"
    """A tablet, too: its browser says so seldom enough."""
    DESKTOP = "desktop"
    KIOSK = "kiosk"
    """A device that another one, of the person's own, signs in (RFC 8628)."""
    OTHER = "other"


Means: TypeAlias = tuple[DeviceClass, str]
"""Class of device, and code of the language that pages are shown in."""


def came_by(db: Session, told: Callable[[], Means]) -> None:
    """Have what is recorded in this session say so; asked for once an entry needs it."""
    db.info[_KEY] = told


def means_of(db: Session, *, is_kiosk: bool = False) -> dict[str, Any]:
    """What an entry of a sign-in says of them; nothing for work that no request asked for."""
    told: Callable[[], Means] | None = db.info.get(_KEY)
    if told is None:
        return {}
    device, language = told()
    return said_of(DeviceClass.KIOSK if is_kiosk else device, language)


def said_of(device_class: str, language: str) -> dict[str, Any]:
    """The part of an entry's data that says it, without what is not known."""
    data = {"device_class": str(device_class), "language": language}
    return {name: code for name, code in data.items() if code}
