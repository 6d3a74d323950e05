"""What is good about an account, and what its owner should do next: three things at most. Pure."""

from collections.abc import Iterator

from idp.account.level import OwnLevel
from idp.factors.recovery_codes import CodeSet
from idp.kit.immutable import immutable
from idp.web.messages import N_, Message

MOST = 3
"""More at a time is not read."""


@immutable(kw_only=True)
class Standing:
    """What the account has: its level, how its owner is reached, and what helps in need.

    `has_letter_back`: the post could not deliver their code. `is_unreached`: the last message to
    the confirmed address came back. `may_be_reached`: whether an address can be confirmed here at
    all. `may_make_codes`: they signed in so that they may. `has_idle_texts`: codes by text message
    are all they have beside the password, and are asked of them no more.
    """

    level: OwnLevel
    email: str
    is_email_confirmed: bool
    is_phone_confirmed: bool
    is_unreached: bool
    may_be_reached: bool
    has_letter_back: bool
    codes: CodeSet | None
    may_make_codes: bool
    has_idle_texts: bool = False


@immutable
class NextStep:
    """What to do, why, and where."""

    what: str | Message
    why: str
    href: str


def next_steps(standing: Standing) -> tuple[NextStep, ...]:
    """The most urgent first."""
    return tuple(_all(standing))[:MOST]


def _second_step(standing: Standing) -> NextStep:
    """For whoever has a password alone, or nothing else that is asked for."""
    if standing.has_idle_texts:
        why = N_(
            "Codes by text message are asked of you no more, so that your password alone opens "
            "your account. A passkey or an app on your phone takes their place, or codes on paper "
            "from a one-stop shop."
        )
        return NextStep(N_("Set up another second step"), why, "/account/factor")
    why = N_("With your password alone, whoever learns it is in your account.")
    return NextStep(N_("Set up a second step"), why, "/account/factor")


def _all(standing: Standing) -> Iterator[NextStep]:
    level, codes = standing.level, standing.codes
    if standing.has_letter_back:
        why = N_("The post could not deliver the letter with your code.")
        yield NextStep(N_("Your letter came back"), why, "/account/letter")
    if level.may_add:
        yield _second_step(standing)
    if standing.is_unreached:
        why = N_("The last message to it came back: you would not hear of what happens here.")
        yield NextStep(N_("Check your e-mail address"), why, "/account/email")
    elif standing.may_be_reached and not _is_reached(standing):
        why = N_("Then you are told of sign-ins from a new browser, and of changes.")
        what = N_("Confirm your e-mail address") if standing.email else N_("Add an e-mail address")
        yield NextStep(what, why, "/account/email")
    if codes is not None and codes.is_few:
        what_left = Message(
            "Only %(num)s recovery code is left",
            "Only %(num)s recovery codes are left",
            num=codes.left,
        )
        why = N_("Make new recovery codes before you need them.")
        yield NextStep(what_left, why, "/account/codes")
    elif codes is None and standing.may_make_codes:
        why = N_("With them you get in when your phone is lost.")
        yield NextStep(N_("Print recovery codes"), why, "/account/codes")
    if level.may_confirm:
        why = N_("Until then it does not open services that need a verified identity.")
        yield NextStep(N_("Have your second step confirmed"), why, "/account/factor")
    if level.proofing < 2:
        why = N_("More services open with a higher identity level.")
        is_by_code = level.proofing == 0 and level.offers_mail
        href = "/account/confirm" if is_by_code else "/account/desk-code"
        yield NextStep(N_("Have your identity verified"), why, href)


def strengths(standing: Standing) -> tuple[str | Message, ...]:
    """What is good already."""
    level, codes, said = standing.level, standing.codes, list[str | Message]()
    if not level.may_add:
        said.append(N_("A second step protects your account."))
    if _is_reached(standing) and not standing.is_unreached:
        said.append(N_("You are told of what happens with your account."))
    if codes is not None and not codes.is_few:
        said.append(
            Message(
                "You have %(num)s recovery code, for when your phone is lost.",
                "You have %(num)s recovery codes, for when your phone is lost.",
                num=codes.left,
            )
        )
    if level.proofing == 2:
        said.append(N_("An official has verified you face to face."))
    return tuple(said)


def _is_reached(standing: Standing) -> bool:
    return standing.is_email_confirmed or standing.is_phone_confirmed
