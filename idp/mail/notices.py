"""What each event says that a person is told of by mail; its other half is its `notifies`."""

from collections.abc import Mapping

from idp.factors.kinds import PASSKEY, RECOVERY_CODE
from idp.mail.data_notices import DATA_NOTICES
from idp.mail.recovery_notices import AFTER_WAITING, RECOVERY_NOTICES
from idp.mail.words import Words
from idp.people.models import ContactKind
from idp.web.messages import N_

_NOT_YOUR_CODES = N_(
    "It was not you? Type %(site)s/account/factor into your browser, sign in and make new recovery "
    "codes, then change your password; or bring your ID card to a one-stop shop."
)
NOTICES: Mapping[str, Words] = {
    **DATA_NOTICES,
    **RECOVERY_NOTICES,
    "person.password_changed": Words(
        N_("Your password was changed"),
        (N_("The password of your account was changed at %(at)s. All devices are signed out."),),
    ),
    "session.disowned": Words(
        N_("A sign-in was blocked"),
        (
            N_(
                "At %(at)s you said in your account: this was not me. Everybody is signed out, and "
                "the old password no longer works."
            ),
            N_("What you said it of: %(what)s, %(when)s, %(service)s."),
            N_(
                "If you have not chosen a new password yet, type %(site)s/recovery into your "
                "browser: a code to this address helps, with your app or a recovery code if you "
                "have one. Or bring your ID card to a one-stop shop."
            ),
            N_(
                "Ways to sign in that you did not show rest where they were added within the last "
                "7 days, and where you said that somebody else may have them: for 24 hours you can "
                "have them back at %(site)s/account/factor. Recovery codes of which you said so "
                "are void: make new ones there."
            ),
        ),
    ),
    "person.proofed": Words(
        N_("Your identity level has changed"),
        (
            N_("Your identity level was changed at %(at)s."),
            N_(
                "To see which it is now, and what raises it, type %(site)s/account/details into "
                "your browser."
            ),
        ),
    ),
    "person.status_changed": Words(
        N_("Your account was suspended, closed or reopened"),
        (N_("Your account was suspended, closed or reopened at %(at)s."),),
    ),
    "identifier.evicted": Words(
        N_("Your personal number belongs to another account"),
        (
            N_(
                "At %(at)s somebody showed better proof that the personal number of your account "
                "is theirs. They have it now."
            ),
        ),
    ),
    "letter.returned": Words(
        N_("A letter to you came back"),
        (
            N_(
                "The letter with your code could not be delivered, and was noted as returned at "
                "%(at)s. Its code is good no more."
            ),
        ),
        N_(
            "See that your name stands on the letter box, and that the national population "
            "database has your address of today. Then type %(site)s/account/letter into your "
            "browser and ask for another, or bring your ID card to a one-stop shop."
        ),
    ),
    "contact.changed": Words(
        N_("Your e-mail address was changed"),
        (N_("News about your account has been sent to this address since %(at)s."),),
    ),
    "contact.undone": Words(
        N_("Your e-mail address is as before"),
        (N_("The change of your account's e-mail address was taken back at %(at)s."),),
    ),
    "factor.enrolled": Words(
        N_("A second step was set up"),
        (N_("%(name)s was set up at %(at)s for signing in to your account."),),
        N_(
            "It was not you? Type %(site)s/account/factor into your browser, sign in and choose "
            "“It was not me”: what was set up is removed, and you choose a new password. If you do "
            "not find that there, bring your ID card to a one-stop shop."
        ),
    ),
    "factor.replaced": Words(
        N_("New recovery codes"),
        (N_("New recovery codes were made at %(at)s. Those of the earlier set no longer work."),),
        _NOT_YOUR_CODES,
    ),
    "recovery_code.used": Words(
        N_("A recovery code was used"),
        (
            N_(
                "At %(at)s somebody signed in to %(service)s with your password and a recovery "
                "code from your sheet. That code no longer works."
            ),
        ),
        _NOT_YOUR_CODES,
    ),
    "factor.confirmed": Words(
        N_("A second step was confirmed"),
        (N_("%(name)s carries your proven identity from %(at)s on."),),
    ),
    "staff.operator_told": Words(
        N_("A post waits for operators"),
        (
            N_(
                "Somebody's post waits since %(at)s: it was given then, or their account may have "
                "come into other hands. It allows nothing until two operators confirm it in the "
                "operator console, under Staff."
            ),
        ),
    ),
    "staff.end_told": Words(
        N_("A post of staff ended"),
        (
            N_(
                "An operator's post, or that of an owner of an agency's systems, ended at %(at)s. "
                "The journal says who ended it. Ask them, if you do not know why."
            ),
        ),
    ),
    "factor.locked": Words(
        N_("A second step was locked"),
        (N_("%(name)s was locked at %(at)s: nobody can use it now."),),
    ),
    "passkey.locked": Words(
        N_("A passkey was locked"),
        (
            N_(
                "%(name)s was locked at %(at)s: it answered as one does that was copied. Nobody "
                "can use it now, and browsers that used it are signed out."
            ),
        ),
        N_(
            "Type %(site)s/account/factor into your browser, sign in in another way and take the "
            "passkey away; then add a new one on your own device. If you cannot sign in, bring "
            "your ID card to a one-stop shop."
        ),
    ),
    "factor.unlocked": Words(
        N_("A second step was unlocked"),
        (N_("%(name)s was unlocked at %(at)s: it can be used again."),),
    ),
    "factor.suspended": Words(
        N_("A second step was taken away"),
        (
            N_(
                "%(name)s was taken away from your account at %(at)s. It no longer works; for 24 "
                "hours you can have it back."
            ),
        ),
        N_(
            "It was not you? Type %(site)s/account/factor into your browser within 24 hours, sign "
            "in and choose “Have it back”; then change your password. If you cannot sign in, bring "
            "your ID card to a one-stop shop."
        ),
    ),
    "factor.restored": Words(
        N_("A second step can be used again"),
        (N_("%(name)s was taken away from your account. You have it again since %(at)s."),),
    ),
    "factor.removed": Words(
        N_("A second step was removed"),
        (N_("%(name)s was removed from your account at %(at)s."),),
    ),
}
"""By event."""
OF_KIND: Mapping[tuple[str, str], Words] = {
    ("recovery.done", "waited"): AFTER_WAITING,
    ("contact.changed", ContactKind.PHONE): Words(
        N_("Your phone number was changed"),
        (N_("News about your account has been sent to another phone number since %(at)s."),),
    ),
    ("contact.undone", ContactKind.PHONE): Words(
        N_("Your phone number is as before"),
        (N_("The change of your account's phone number was taken back at %(at)s."),),
    ),
    ("factor.enrolled", PASSKEY.name): Words(
        N_("A passkey was added"),
        (
            N_(
                "%(name)s was added to your account at %(at)s. Whoever can unlock the device it is "
                "on signs in as you, without your password."
            ),
        ),
        N_(
            "It was not you? Type %(site)s/account/factor into your browser, sign in and choose "
            "“It was not me” or take the passkey away; then change your password. If you cannot, "
            "bring your ID card to a one-stop shop."
        ),
    ),
    ("factor.enrolled", RECOVERY_CODE.name): Words(
        N_("Recovery codes were made"),
        (
            N_(
                "Ten recovery codes for your account were made at %(at)s. Whoever has that sheet "
                "and your password can sign in as you."
            ),
        ),
        _NOT_YOUR_CODES,
    ),
    ("factor.confirmed", RECOVERY_CODE.name): Words(
        N_("Recovery codes were made"),
        (N_("Your recovery codes carry your proven identity from %(at)s on."),),
        _NOT_YOUR_CODES,
    ),
    ("factor.removed", RECOVERY_CODE.name): Words(
        N_("Your recovery codes were removed"),
        (N_("Your recovery codes were removed at %(at)s: none of them works any more."),),
    ),
}
"""By event and kind of factor or contact, where that is another piece of news to its person."""
_PRINTED = Words(
    N_("Recovery codes were printed for you at a one-stop shop"),
    (
        N_(
            "At %(at)s an official compared a person with your ID card and printed ten recovery "
            "codes: with your password and one of them you sign in. An earlier sheet no longer "
            "works, and all devices are signed out."
        ),
        N_(
            "Use the first within 14 days. With codes of your own, made in your account under "
            "“Two-step verification”, nobody but you has seen them."
        ),
    ),
    N_(
        "You were not there? Then take your ID card to a one-stop shop at once, and have the codes "
        "voided: whoever has them needs your password as well. Change that now: %(site)s"
    ),
)
AT_DESK: Mapping[tuple[str, str], Words] = {
    ("factor.enrolled", RECOVERY_CODE.name): _PRINTED,
    ("factor.replaced", RECOVERY_CODE.name): _PRINTED,
    ("person.password_changed", ""): Words(
        N_("An official set a new password for you"),
        (
            N_(
                "At %(at)s an official at a one-stop shop compared a person with your ID card and "
                "handed over a new password. All devices are signed out. Change it after signing "
                "in."
            ),
        ),
    ),
}
"""By event and kind, of what an official did for whoever stood at a desk."""
