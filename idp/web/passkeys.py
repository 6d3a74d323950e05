"""What a page asks of a browser that may have passkeys: the form of `macros/passkey.html`."""

from dataclasses import field

from starlette.requests import HTTPConnection

from idp.factors.ceremony import Purpose
from idp.factors.passkey_enrolment import Enrolling, ask
from idp.kit.immutable import immutable
from idp.people.identifiers import find_own_number, mask_number
from idp.web.language import product_of


@immutable
class AskedPasskey:
    """Where the answer goes, for what, and the options as JSON."""

    action: str
    purpose: Purpose
    options: str = field(repr=False)
    tells: str = ""
    """The cookie by which its script tells that the device can keep a passkey, if it is to."""


@immutable
class Making:
    """What is asked on the way to one more passkey; `is_made`: it shows now that it works.

    `asks_model`: the browser is asked of which model a key is.
    """

    asked: AskedPasskey
    is_made: bool
    asks_model: bool


def ask_to_make(request: HTTPConnection, enrolling: Enrolling, *, path: str) -> Making:
    """What to ask of the browser next; its answer goes to that path."""
    person_id, product = enrolling.session.person_id, product_of(request)
    own = find_own_number(enrolling.db, keyring=enrolling.keyring, person_id=person_id)
    masked = mask_number(own.claim or own.number) if own else product
    to_ask = ask(enrolling, product=product, masked_number=masked)
    purpose = Purpose.CONFIRM if to_ask.is_made else Purpose.ENROL
    asked = AskedPasskey(path, purpose, to_ask.options)
    return Making(asked, to_ask.is_made, asks_model=bool(enrolling.models))
