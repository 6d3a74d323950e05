"""What text messages say.

At most 160 characters of the alphabet that every telephone has (GSM 03.38): Vietnamese stands there
without its marks. No address and no dot between letters: telephones make a link of any. Who sends
it stands first.
"""

from collections.abc import Mapping

from idp.factors.kinds import PASSKEY, RECOVERY_CODE
from idp.people.codes import Purpose
from idp.people.contacts import (
    CLOSED_TEXT,
    FORMER_TEXT,
    REPLACED_TEXT,
    UNDONE_TEXT,
)
from idp.people.models import ContactKind
from idp.web.messages import N_

NOTICE_TEXT = "sms.notice"
"""What the journal's events name that tell a person by text message."""
RECOVERY_TEXT = "sms.recovery"
"""The same of a recovery, with the code that stops it: as with mail, the first starts its wait."""
CODES: Mapping[Purpose, str] = {
    Purpose.PHONE: N_(
        "OneDoor: Your code to confirm your phone number: %(code)s. Valid for 10 minutes. Give it "
        "to nobody."
    ),
    Purpose.SECOND: N_(
        "OneDoor: Your code to sign in: %(code)s. Valid for 10 minutes, in your browser only. "
        "Nobody may ask you for it."
    ),
    Purpose.RECOVERY: N_(
        "OneDoor: Your code to get your account back: %(code)s. Valid for 10 minutes. Not you? Do "
        "nothing. Give it to nobody."
    ),
}
_CHANGED = N_(
    "OneDoor: At %(at)s your account was given another phone number. Not you? Sign in within 24 "
    "hours, My sign-ins, and choose: This was not me."
)
TO_FORMER: Mapping[str, str] = {
    FORMER_TEXT: N_(
        "OneDoor: At %(at)s a one-stop shop gave the account that had this number to the owner of "
        "its personal number."
    ),
    REPLACED_TEXT: _CHANGED,
    CLOSED_TEXT: N_(
        "OneDoor: The account that had this number was closed by its owner and erased at %(at)s."
    ),
    UNDONE_TEXT: N_(
        "OneDoor: This number was taken away from your account at %(at)s, as it was before. Not "
        "you? Go to a one-stop shop."
    ),
}
"""To a number that is its account's no more, by kind of message."""
NEW_BROWSER = N_(
    "OneDoor: At %(at)s your account was signed in to %(service)s in a new browser. Not you? Sign "
    "in, My sign-ins, and choose: This was not me."
)
NOTICES: Mapping[str, str] = {
    "recovery.begun": N_(
        "OneDoor: Somebody asked at %(at)s to get your account back. Not you? Sign in with all "
        "your steps, or type code %(stop)s under Forgot your password."
    ),
    "recovery.waits": N_(
        "OneDoor: Somebody still waits to get your account back. Not you? Sign in with all your "
        "steps, or type code %(stop)s under Forgot your password."
    ),
    "recovery.ready": N_(
        "OneDoor: Whoever asked can take your account over now. Not you? Sign in with all your "
        "steps, or type code %(stop)s under Forgot your password."
    ),
    "recovery.done": N_(
        "OneDoor: A way back into your account was used at %(at)s, and it has a new password. Not "
        "you? Go to a one-stop shop."
    ),
    "recovery.taken_back": N_(
        "OneDoor: At %(at)s your account was taken back with the second step it had before. Not "
        "you? Go to a one-stop shop."
    ),
    "recovery.cancelled": N_(
        "OneDoor: Getting your account back was stopped at %(at)s. Nothing in it has changed."
    ),
    "recovery.refused": N_(
        "OneDoor: Getting your account back was refused at %(at)s. Nothing in it has changed. A "
        "one-stop shop helps further."
    ),
    "person.password_changed": N_(
        "OneDoor: Your password was changed at %(at)s and all devices are signed out. Not you? Go "
        "to a one-stop shop."
    ),
    "closing.begun": N_(
        "OneDoor: Your account was closed and is erased at %(until)s. Not you? Sign in before that "
        "and keep it."
    ),
    "closing.undone": N_("OneDoor: Your account was kept at %(at)s, and is not erased."),
    "data.exported": N_(
        "OneDoor: At %(at)s your data was downloaded from your account. Not you? Change your "
        "password."
    ),
    "data.requested": N_("OneDoor: We received your request about your data at %(at)s."),
    "data.answered": N_("OneDoor: Your request about your data was taken on at %(at)s."),
    "data.refused": N_(
        "OneDoor: Your request about your data was refused at %(at)s. The reason stands in your "
        "account."
    ),
    "data.extended": N_(
        "OneDoor: Your request about your data was given more time at %(at)s. The reason stands in "
        "your account."
    ),
    "data.done": N_("OneDoor: What you asked for about your data was done at %(at)s."),
    "person.proofed": N_("OneDoor: Your identity level was changed at %(at)s."),
    "person.status_changed": N_(
        "OneDoor: Your account was suspended, closed or reopened at %(at)s."
    ),
    "identifier.evicted": N_(
        "OneDoor: At %(at)s somebody showed better proof that your personal number is theirs. They "
        "have it now."
    ),
    "contact.changed": N_(
        "OneDoor: The e-mail address of your account was changed at %(at)s. Not you? Sign in "
        "within 24 hours and take it back."
    ),
    "contact.undone": N_(
        "OneDoor: The change of your account's e-mail address was taken back at %(at)s."
    ),
    "factor.enrolled": N_(
        "OneDoor: %(name)s was set up for your account at %(at)s. Not you? Sign in and choose: It "
        "was not me."
    ),
    "factor.replaced": N_(
        "OneDoor: New recovery codes were made at %(at)s. The earlier ones no longer work. Not "
        "you? Change your password."
    ),
    "recovery_code.used": N_(
        "OneDoor: A recovery code opened %(service)s at %(at)s. Not you? Change your password and "
        "make new codes."
    ),
    "factor.confirmed": N_("OneDoor: %(name)s carries your proven identity from %(at)s on."),
    "factor.locked": N_(
        "OneDoor: %(name)s was locked at %(at)s. Nobody can use it now. Not you? Change your "
        "password."
    ),
    "factor.unlocked": N_(
        "OneDoor: %(name)s was unlocked at %(at)s. Not you? Change your password."
    ),
    "factor.suspended": N_(
        "OneDoor: %(name)s was taken away from your account at %(at)s. Not you? Have it back there "
        "within 24 hours."
    ),
    "factor.restored": N_(
        "OneDoor: You have %(name)s again since %(at)s. Not you? Change your password."
    ),
    "session.disowned": N_(
        "OneDoor: At %(at)s you said that something in your account was not you. All devices are "
        "signed out; the old password is void."
    ),
    "letter.returned": N_(
        "OneDoor: the letter with your code came back to us. Sign in to ask for another, or bring "
        "your ID card to a one-stop shop."
    ),
    "passkey.locked": N_(
        "OneDoor: %(name)s was locked at %(at)s: it may have been copied. Sign in in another way."
    ),
    "factor.removed": N_(
        "OneDoor: %(name)s was removed from your account at %(at)s. Not you? Change your password."
    ),
}
"""By event."""
OF_KIND: Mapping[tuple[str, str], str] = {
    ("recovery.done", "waited"): N_(
        "OneDoor: Your account has a new password since %(at)s. Not you? Take it back within 30 "
        "days under Forgot your password."
    ),
    ("contact.changed", ContactKind.PHONE): N_(
        "OneDoor: News about your account has been sent to this number since %(at)s."
    ),
    ("contact.undone", ContactKind.PHONE): N_(
        "OneDoor: The change of your account's phone number was taken back at %(at)s."
    ),
    ("factor.enrolled", PASSKEY.name): N_(
        "OneDoor: %(name)s was added to your account at %(at)s. Not you? Take it away and change "
        "your password."
    ),
    ("factor.enrolled", RECOVERY_CODE.name): N_(
        "OneDoor: Recovery codes for your account were made at %(at)s. Not you? Change your "
        "password and make new codes."
    ),
    ("factor.confirmed", RECOVERY_CODE.name): N_(
        "OneDoor: Recovery codes of your account carry your proven identity from %(at)s on."
    ),
    ("factor.removed", RECOVERY_CODE.name): N_(
        "OneDoor: Your recovery codes were removed at %(at)s. Not you? Change your password."
    ),
}
"""By event and kind of factor or contact, where that is another piece of news."""
WITHOUT_MAIL = frozenset(
    {
        *("person.status_changed", "recovery_code.used", "factor.confirmed"),
        *("data.requested", "data.answered", "data.refused", "data.extended", "data.done"),
    }
)
"""Told by text message only where there is no e-mail address; the rest is told everywhere."""
