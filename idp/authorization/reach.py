"""How high somebody can come who signs in: everybody as high as all, but for a hardware key."""

from sqlalchemy.orm import Session

from idp.authorization.decide import Policy
from idp.factors.kinds import strongest_authentication
from idp.factors.own_passkeys import list_hardware_keys, strongest_of
from idp.factors.rules import FactorRules
from idp.kit.crypto import Keyring
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings


def find_strongest(
    db: Session,
    policy: Policy,
    session: CurrentSession,
    *,
    assurance: AssuranceSettings,
    factors: FactorRules,
    keyring: Keyring,
) -> int:
    """The highest level of authentication that they can show.

    One statement, only where a level is named that takes a hardware key, and none was shown.
    """
    usual, named = strongest_authentication(), {policy.minimum_acr, *policy.acrs}
    levels = [level.authentication for level in assurance.levels if level.acr in named]
    if factors.strongest == usual or max(levels, default=0) <= max(usual, session.authentication):
        return usual
    person_id = session.person_id
    keys = list_hardware_keys(db, keyring=keyring, person_id=person_id, models=factors.models)
    return max(usual, strongest_of(keys))
