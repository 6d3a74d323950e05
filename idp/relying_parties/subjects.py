"""Which `sub` and `sid` a relying party knows a person and their session by (OIDC Core 8).

A `sid`, and a `sub` but for production's public ones, is a hash under a key of the settings that
never changes: nobody without the key gets back to the person, or to what another sector is told.
"""

from uuid import UUID

from idp.kit.crypto import Keyring
from idp.relying_parties.party import SANDBOX_SECTOR, RegisteredParty

_SID_BYTES = 16


def subject_of(person_id: UUID, party: RegisteredParty, keyring: Keyring) -> str:
    """Opaque and stable: the same in all of production, or of the sandbox; pairwise, in a sector.

    A subject of the sandbox is never one of production.
    """
    if party.subject_type == "pairwise":
        return keyring.lasting_hash("subject", f"{party.sector} {person_id.hex}").hex()
    if party.is_sandbox:
        return keyring.lasting_hash("subject", f"{SANDBOX_SECTOR} {person_id.hex}").hex()
    return person_id.hex


def sid_of(sid: UUID, party: RegisteredParty, keyring: Keyring) -> str:
    """The session as the party's sector alone calls it, in every token and address it is told.

    One name for all would join what pairwise subjects keep apart.
    """
    return keyring.lasting_hash("sid", f"{party.sector} {sid.hex}")[:_SID_BYTES].hex()
