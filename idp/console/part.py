"""What the console has been handed."""

from dataclasses import dataclass

from idp.settings.people import PasswordSettings
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class ConsolePart(Part):
    """Rules of the passwords handed out at a desk."""

    passwords: PasswordSettings
