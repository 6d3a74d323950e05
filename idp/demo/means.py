"""By what means the demo's people sign in, and which of them come late: the old, a few in English.

Drawn from numbers of their own, so that the rest of the country stays what it is.
"""

from random import Random

from idp.demo.residents import Resident
from idp.journal.means import DeviceClass, said_of
from idp.journal.models import Outcome
from idp.kit.languages import DEFAULT, SOURCE

_OLD, _OLD_COME = 60, 0.35
_ENGLISH = 0.04
_DEVICES = (DeviceClass.PHONE, DeviceClass.DESKTOP, DeviceClass.KIOSK, DeviceClass.OTHER)
_USUAL, _OF_THE_OLD = (70, 27, 2, 1), (45, 23, 31, 1)
_METHODS = (*3 * ("pwd otp mfa",), "pwd sms mfa", "swk user mfa")
_FAIL_MORE = 2
"""Of the sign-ins that fail, so many of three are drawn as of somebody old, or in English."""


def is_old(age: int) -> bool:
    """Whether somebody is of the last age band of the figures."""
    return age >= _OLD


def may_come(resident: Resident, age: int) -> bool:
    """Whether somebody is among those who may register: of the old only some are."""
    return not is_old(age) or Random(resident.number).random() < _OLD_COME


def means(number: int, *, is_old: bool, outcome: Outcome, acr: str | None) -> dict[str, str]:
    """What the entry of a sign-in says; `number` is its own, so that it is always the same."""
    random = Random(number)
    is_failed = outcome is not Outcome.SUCCESS
    is_late = is_old or (is_failed and random.randrange(3) < _FAIL_MORE)
    device = random.choices(_DEVICES, _OF_THE_OLD if is_late else _USUAL)[0]
    language = SOURCE if random.random() < _ENGLISH * (3 if is_failed else 1) else DEFAULT
    told = said_of(device, language)
    if outcome is not Outcome.ABANDONED:
        told["method"] = "pwd" if acr == "LoA1" else random.choice(_METHODS)
    return told
