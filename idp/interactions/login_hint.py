"""The relying party's guess at who signs in: perhaps a citizen number, so never kept readable."""

from idp.interactions.models import LOGIN_HINT, Interaction
from idp.kit.crypto import DecryptionFailed, Keyring

MAX_LENGTH = 200


def read_login_hint(interaction: Interaction, *, keyring: Keyring) -> str:
    """What was hinted; empty when nothing was, or its key has left the ring meanwhile."""
    if interaction.login_hint_encrypted is None:
        return ""
    try:
        return LOGIN_HINT.open(keyring, interaction.login_hint_encrypted, id=interaction.id)
    except DecryptionFailed:
        return ""
