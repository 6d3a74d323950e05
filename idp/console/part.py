"""What the console has been handed."""

from dataclasses import dataclass

from idp.people.text_budget import TextBudget
from idp.settings.people import PasswordSettings
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class ConsolePart(Part):
    """Rules of the passwords handed out at a desk, and what text messages a day may bring."""

    passwords: PasswordSettings
    texts: TextBudget
