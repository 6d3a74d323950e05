"""By what means a request comes, in the codes of the journal: a class of device, a language."""

from starlette.requests import HTTPConnection

from idp.journal.means import DeviceClass, Means
from idp.kit.user_agents import is_of_phone
from idp.web.language import language_of

_CLASSES = {True: DeviceClass.PHONE, False: DeviceClass.DESKTOP, None: DeviceClass.OTHER}


def means_of_request(request: HTTPConnection) -> Means:
    """Of its browser, as far as that says; and the language that it is answered in."""
    return _CLASSES[is_of_phone(request.headers.get("user-agent", ""))], language_of(request)
