"""What the console has been handed."""

from dataclasses import dataclass

from idp.settings.people import PasswordSettings, PostSettings, ThrottleSettings
from idp.web.part import Part


@dataclass(frozen=True, kw_only=True)
class ConsolePart(Part):
    """Rules of the passwords handed out at a desk, and of letters printed."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    post: PostSettings
