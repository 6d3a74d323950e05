"""What notices say of a recovery: rows of `notices.NOTICES`, and of what an operator refused."""

from collections.abc import Mapping

from idp.mail.words import Words
from idp.web.messages import N_

_STOP = N_(
    "It was not you? Open %(stop)s in your browser and choose “Stop it”, or sign in with all "
    "your steps, the second one as well if you have one: either stops it. You can also call the "
    "help line or go to a one-stop shop."
)
RECOVERY_NOTICES: Mapping[str, Words] = {
    "recovery.begun": Words(
        N_("Somebody asked to get your account back"),
        (
            N_(
                "At %(at)s somebody who can read your mail or your text messages asked for a new "
                "password, and says that the way you sign in is lost. They can set one after a "
                "wait that begins with this message (in hours: %(hours)s). Until then your "
                "account works as before."
            ),
        ),
        _STOP,
    ),
    "recovery.waits": Words(
        N_("Somebody still waits to get your account back"),
        (
            N_(
                "Somebody who can read your mail or your text messages asked for a new password, "
                "and says that the way you sign in is lost. Your account works as before until "
                "they set one."
            ),
        ),
        _STOP,
    ),
    "recovery.ready": Words(
        N_("Your account can be taken back now"),
        (
            N_(
                "Since %(at)s whoever asked to get your account back can set a new password. It "
                "replaces the old one, and the second step is set aside."
            ),
        ),
        _STOP,
    ),
    "recovery.done": Words(
        N_("Your account has a new password"),
        (
            N_(
                "At %(at)s a new password was set by way of “What do you still have?”. All devices "
                "are signed out."
            ),
        ),
        N_(
            "It was not you? Take your ID card to a one-stop shop: there you are given the account "
            "back."
        ),
    ),
    "recovery.taken_back": Words(
        N_("Your account was taken back"),
        (
            N_(
                "At %(at)s somebody took the account back with what it had before, and chose a new "
                "password. What was added since is removed, and all devices are signed out."
            ),
        ),
        N_("It was not you? Take your ID card to a one-stop shop."),
    ),
    "recovery.cancelled": Words(
        N_("Getting your account back was stopped"),
        (N_("It was stopped at %(at)s. Nothing in your account has changed."),),
    ),
    "recovery.refused": Words(
        N_("Getting your account back was refused"),
        (N_("It was refused at %(at)s. Nothing in your account has changed."),),
        N_("A one-stop shop helps further: take your ID card."),
    ),
}
REFUSED_BECAUSE = Words(
    RECOVERY_NOTICES["recovery.refused"].subject,
    (
        N_(
            "At %(at)s an operator refused the request to get your account back. Nothing in your "
            "account has changed."
        ),
        N_("The operator's reason: %(because)s"),
    ),
    RECOVERY_NOTICES["recovery.refused"].not_you,
)
"""Of a recovery that an operator refused."""
AFTER_WAITING = Words(
    RECOVERY_NOTICES["recovery.done"].subject,
    (
        *RECOVERY_NOTICES["recovery.done"].paragraphs,
        N_("The second step that the account had is set aside for 30 days."),
    ),
    N_(
        "It was not you? Within 30 days you take the account back with the password that it had "
        "before, and its passkey or second step: type %(site)s/recovery/back into your browser. Or "
        "take your ID card to a one-stop shop."
    ),
)
"""Of one that waited, to who can take the account back."""
