"""What notices say of a person's data: rows of `notices.NOTICES`."""

from collections.abc import Mapping

from idp.mail.words import Words
from idp.web.messages import N_

_REQUESTS = N_(
    "What we wrote, and by when each step is due, stands in your account: type "
    "%(site)s/account/data/requests into your browser."
)
DATA_NOTICES: Mapping[str, Words] = {
    "closing.begun": Words(
        N_("Your account will be erased"),
        (
            N_(
                "At %(at)s your account was closed. Nobody can sign in to a service with it now, "
                "and services you had open are told."
            ),
            N_(
                "You can keep it until %(until)s: type %(site)s/account into your browser, sign in "
                "with all you have, and choose “Keep my account”. After that it is erased for good."
            ),
        ),
        N_(
            "It was not you? Then keep it as said above, and change your password. If you cannot "
            "sign in, bring your ID card to a one-stop shop before that day."
        ),
    ),
    "closing.undone": Words(
        N_("Your account stays"),
        (
            N_(
                "At %(at)s somebody who signed in to your account chose to keep it. It will not be "
                "erased, and everything in it is as it was."
            ),
        ),
    ),
    "data.exported": Words(
        N_("Your data was downloaded"),
        (N_("At %(at)s all that is held on you here was downloaded from your account."),),
    ),
    "data.requested": Words(
        N_("Your request about your data"),
        (N_("We received your request at %(at)s."), _REQUESTS),
    ),
    "data.answered": Words(
        N_("Your request about your data"),
        (N_("Your request was taken on at %(at)s."), _REQUESTS),
    ),
    "data.refused": Words(
        N_("Your request about your data"),
        (N_("Your request was refused at %(at)s, with a reason."), _REQUESTS),
    ),
    "data.extended": Words(
        N_("Your request about your data"),
        (N_("Your request was given more time at %(at)s, with a reason."), _REQUESTS),
    ),
    "data.done": Words(
        N_("Your request about your data"),
        (N_("What you asked for was done at %(at)s."), _REQUESTS),
    ),
}
"""By event: of an account that its owner closes, and of what people ask about their data."""
