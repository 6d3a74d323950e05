"""What the console has been handed."""

from idp.kit.immutable import immutable
from idp.settings.people import PasswordSettings, PostSettings, Target, ThrottleSettings
from idp.web.part import Part


@immutable(kw_only=True)
class ConsolePart(Part):
    """Rules of the passwords handed out at a desk, and of letters printed; the legal target."""

    passwords: PasswordSettings
    throttle: ThrottleSettings
    post: PostSettings
    target: Target
