"""What mail says: to who asked for a code, to who had an account, and of each event told by mail.

An event's other half is its `notifies` in the journal's catalogue. Times and addresses are values;
links are addresses to be typed, never anything to click.
"""

from idp.kit.immutable import immutable
from idp.web.messages import N_

NOT_YOU = N_(
    "It was not you? Type %(site)s into your browser and change your password, or bring your ID "
    "card to a one-stop shop."
)


@immutable
class Words:
    """A subject, and paragraphs. Values: `code`, or `at`, and always `site`.

    `not_you` is what a notice says to whom the news is not their own doing.
    """

    subject: str
    paragraphs: tuple[str, ...]
    not_you: str = NOT_YOU


CODE = Words(
    N_("Your code for OneDoor"),
    (
        N_("Your code: %(code)s. With it you confirm that the personal number you gave is yours."),
        N_("Anyone who types it can set up the second step that opens your account."),
        N_("It is valid for 10 minutes, in the browser in which you asked for it."),
        N_(
            "Give it to nobody: nobody from the state ever asks for it. If it was not you who "
            "asked, do nothing; without this code nobody can go on in your name."
        ),
    ),
)
EMAIL_CODE = Words(
    N_("Your code for OneDoor"),
    (
        N_("Your code: %(code)s. With it you confirm that this e-mail address is yours."),
        N_("It is valid for 10 minutes, in the browser in which you asked for it."),
        N_(
            "Give it to nobody: nobody from the state ever asks for it. If it was not you who "
            "asked, do nothing: this address then belongs to no account."
        ),
    ),
)
RECOVERY_CODE_MAIL = Words(
    N_("Your code for OneDoor"),
    (
        N_("Your code: %(code)s. With it you get your account back."),
        N_("It is valid for 10 minutes, in the browser in which you asked for it."),
        N_(
            "Give it to nobody: nobody from the state ever asks for it. If it was not you who "
            "asked, do nothing: without this code nothing changes."
        ),
    ),
)
FORMER = Words(
    N_("Your account belongs to somebody else now"),
    (
        N_(
            "At %(at)s an official gave the account that had this address to the person whose ID "
            "card shows its personal number. Its password, second step and sign-ins are no longer "
            "valid, and it no longer has this address."
        ),
        N_(
            "If the number is yours, bring your ID card to a one-stop shop: the password you have "
            "no longer opens the account. The next steps are at %(site)s/number-is-mine."
        ),
    ),
)
"""To whoever had an account that a desk gave back."""
REPLACED = Words(
    N_("The e-mail address of your account was changed"),
    (
        N_("At %(at)s your account was given another e-mail address than this one."),
        N_(
            "It was not you? Type %(site)s/account/activity into your browser within 24 hours, "
            "sign in and choose “This was not me” beside the change: it is undone, and everybody "
            "is signed out. If you cannot sign in, bring your ID card to a one-stop shop."
        ),
    ),
)
"""To the address before."""
CLOSED = Words(
    N_("Your account is erased"),
    (
        N_(
            "The account that had this address was closed by its owner, and erased at %(at)s: "
            "name, number, contacts and ways to sign in. No further message comes from it."
        ),
        N_("You can register again at any time: %(site)s/account/register"),
    ),
)
"""To a contact whose account was erased, as its owner asked."""
NEW_BROWSER = Words(
    N_("Sign-in from a new browser"),
    (
        N_(
            "At %(at)s your account was signed in to %(service)s in a browser that it was not seen "
            "in before: %(device)s."
        ),
        N_("It was you? Then there is nothing to do."),
    ),
    N_(
        "It was not you? Type %(site)s/account/activity into your browser, sign in and choose "
        "“This was not me”. If you cannot sign in, bring your ID card to a one-stop shop."
    ),
)
"""To who signed in where they are not known. More values: `service`, `device`."""
UNKNOWN_BROWSER = N_("unknown browser")
OWN_PAGES = N_("the pages of the account itself")
UNDONE = Words(
    REPLACED.subject,
    (
        N_("This address was taken away from your account at %(at)s, as it was before the change."),
        NOT_YOU,
    ),
)
"""To one that counted until its change was undone."""
DESKS = N_("Desks near you, with address and hours: %(site)s/help/desks")
"""Stands below what sends somebody to a desk."""
FOOTER = N_("We never ask for codes or passwords, by mail or by telephone.")
