"""What the pages of a needed contact say, where an e-mail address and a phone number differ."""

from collections.abc import Mapping

from idp.kit.immutable import immutable
from idp.people.models import ContactKind
from idp.web.messages import N_


@immutable(kw_only=True)
class ContactWords:
    """English, to translate; in the order of the pages."""

    title: str
    decline: str
    without_title: str
    without: str
    give: str


WORDS: Mapping[ContactKind, ContactWords] = {
    ContactKind.EMAIL: ContactWords(
        title=N_("This service needs an e-mail address"),
        decline=N_("I do not want to give an address"),
        without_title=N_("Without an e-mail address you cannot sign in to this service"),
        without=N_(
            "“%(service)s” needs an e-mail address, and you chose not to give one. It hears that "
            "you did not agree, and nothing else. Your account stays as it is."
        ),
        give=N_("Give an address after all"),
    ),
    ContactKind.PHONE: ContactWords(
        title=N_("This service needs a mobile phone number"),
        decline=N_("I do not want to give a number"),
        without_title=N_("Without a mobile phone number you cannot sign in to this service"),
        without=N_(
            "“%(service)s” needs a mobile phone number, and you chose not to give one. It hears "
            "that you did not agree, and nothing else. Your account stays as it is."
        ),
        give=N_("Give a number after all"),
    ),
}
