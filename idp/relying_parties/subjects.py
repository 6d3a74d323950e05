"""Which `sub` and `sid` a relying party knows a person and their session by (OIDC Core 8).

A `sid`, and a `sub` but for production's public ones, is a hash under a key of the settings that
never changes: nobody without the key gets back to the person, or to what another sector is told.
"""

from urllib.parse import urlsplit
from uuid import UUID

from idp.kit.crypto import Keyring
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import is_claimed

_SANDBOX = "sandbox:"
"""Before what stands for a sector of the sandbox; a colon is in no host name."""
_SID_BYTES = 16


def subject_of(person_id: UUID, party: RegisteredParty, keyring: Keyring) -> str:
    """Opaque and stable: the same in all of production, or of the sandbox; pairwise, in a sector.

    A subject of the sandbox is never one of production.
    """
    if party.subject_type == "pairwise":
        return keyring.lasting_hash("subject", f"{sector_of(party)} {person_id.hex}").hex()
    if party.is_sandbox:
        return keyring.lasting_hash("subject", f"{_SANDBOX} {person_id.hex}").hex()
    return person_id.hex


def sid_of(sid: UUID, party: RegisteredParty, keyring: Keyring) -> str:
    """The session as the party's sector alone calls it, in every token and address it is told.

    One name for all would join what pairwise subjects keep apart.
    """
    return keyring.lasting_hash("sid", f"{sector_of(party)} {sid.hex}")[:_SID_BYTES].hex()


def sector_of(party: RegisteredParty) -> str:
    """Whose clients may know a person by one pairwise subject: those of a host that is verified.

    An operator's approval verifies a host, so only production has any: that of the sector
    identifier URI, or else of the redirect URIs, which share one. A native client's addresses
    belong to the device, so without the URI it is a sector of its own; so is who names a loopback
    host, which is every machine's.

    In the sandbox anybody names any host. There every client is a sector of its own; a document
    behind a sector identifier URI joins those of one agency.
    """
    own = f"client:{party.client_id}"
    shared = urlsplit(party.sector_identifier_uri).hostname
    if party.is_sandbox:
        return f"{_SANDBOX}{party.agency.id}:{shared}" if shared else f"{_SANDBOX}{own}"
    returns = () if party.application_type == "native" else party.redirect_uris
    address = party.sector_identifier_uri or next(iter(returns), "")
    return (is_claimed(address) and urlsplit(address).hostname) or own
