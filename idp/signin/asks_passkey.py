"""What the sign-in pages ask of a browser that may have a passkey: the same of everybody.

Whose passkeys there are is named to who has shown another factor of theirs, and to nobody else.
"""

from collections.abc import Collection

from starlette.requests import Request

from idp.factors.ceremony import KnownCredential, Purpose, challenge_of, request_options
from idp.factors.kinds import PASSKEY
from idp.interactions.models import Interaction
from idp.signin.part import SignInPart
from idp.signin.progress import page_url
from idp.web.cookies import makes_passkeys_note
from idp.web.passkeys import AskedPasskey


def ask_passkey(
    request: Request,
    interaction: Interaction,
    purpose: Purpose,
    *,
    allowed: Collection[KnownCredential] = (),
) -> AskedPasskey | None:
    """What to ask for that purpose; None where there are no passkeys. No statement."""
    site = SignInPart.of(request).passkeys
    if not site.is_on or interaction.challenge is None:
        return None
    challenge = challenge_of(interaction.challenge, purpose)
    options = request_options(site, challenge=challenge, allowed=allowed)
    tells = makes_passkeys_note(request)
    return AskedPasskey(page_url(interaction, PASSKEY.page), purpose, options, tells)
