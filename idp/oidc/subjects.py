"""Which `sub` a relying party knows a person by (OIDC Core 8)."""

from urllib.parse import urlsplit
from uuid import UUID

from idp.kit.crypto import Keyring
from idp.relying_parties.party import RegisteredParty


def subject_of(person_id: UUID, party: RegisteredParty, keyring: Keyring) -> str:
    """Opaque and stable: the same everywhere, or for a pairwise party one of its sector alone.

    The latter is a hash under a key of the settings that never changes, from which nobody without
    the key gets back to the person, or to another sector's `sub`.
    """
    if party.subject_type != "pairwise":
        return person_id.hex
    return keyring.subject_hash(f"{sector_of(party)} {person_id.hex}").hex()


def sector_of(party: RegisteredParty) -> str:
    """The host of the sector identifier URI, or else of the redirect URIs, which share one.

    A native client's addresses belong to the device, so without the URI it is a sector of its own.
    """
    own = f"client:{party.client_id}"
    if party.sector_identifier_uri:
        return urlsplit(party.sector_identifier_uri).hostname or own
    if party.application_type == "native" or not party.redirect_uris:
        return own
    return urlsplit(party.redirect_uris[0]).hostname or own
