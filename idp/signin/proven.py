"""What a code came to that shows possession, by whichever way it came: on, or back to its page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.numbers import NumberTaken
from idp.accounts.possession import POSSESSION, UsedUp
from idp.accounts.proofing import Proofed, Unchanged
from idp.factors.kinds import TOTP
from idp.interactions.models import Interaction
from idp.sessions.evidence import confirmed
from idp.sessions.lookup import CurrentSession
from idp.signin.enrol import show_codes
from idp.signin.factors import begin_anew, go_on_as
from idp.signin.kept import go_back_to
from idp.signin.next_step import Step
from idp.signin.progress import find_step, page_url
from idp.web.contact_codes import WRONG_CODE
from idp.web.messages import Message
from idp.web.told import Told, tell
from idp.web.waits import hours_until

_CONFIRMED = Message("It is confirmed that the number is yours.")
_NUMBER_ALONE = Message(
    "From now on sign in with the 12 digits and your password: the six digits are no longer needed."
)
_TAKEN = Message(
    "You have an account with this number already. Sign out and sign in to that one. If it is not "
    "yours, or you cannot sign in, bring your ID card to a one-stop shop."
)


def go_on_proven(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    came_to: Proofed | Unchanged | NumberTaken | UsedUp | None,
    *,
    form: Mapping[str, str],
    page: str,
    at: datetime,
    wrong: Message = WRONG_CODE,
) -> Response:
    """Begin a session anew where the code was right, since every one ended; else back to `page`."""
    if isinstance(came_to, UsedUp):
        return go_back_to(request, interaction, page, errors={"": _no_more_tries(came_to)})
    if not isinstance(came_to, Proofed):
        is_taken = isinstance(came_to, NumberTaken)
        errors = {"": _TAKEN} if is_taken else {"code": wrong}
        return go_back_to(request, interaction, page, errors=errors)
    proven = replace(
        session,
        proofing=POSSESSION,
        credentials_epoch=came_to.credentials_epoch,
        evidence=confirmed(session.evidence),
        proven_at=at,
    )
    begun = begin_anew(request, db, interaction, proven, at=at)
    onward = find_step(request, db, interaction, begun).page
    if "codes" in form and TOTP in begun.kinds:
        onward = show_codes(request, db, begun)
    told_at = page_url(interaction, "consent" if onward == Step.RETURN else onward)
    if onward == Step.RETURN and interaction.relying_party_id is None:
        told_at = interaction.return_path
    tell(request, told_at, Told(_CONFIRMED, None if session.proofing else _NUMBER_ALONE))
    return go_on_as(request, db, interaction, begun, page=onward)


def _no_more_tries(tries: UsedUp) -> Message:
    return Message(
        "Too many codes were typed, for this account or from your network: what you typed was not "
        "read. You can type one again in %(num)s hour. "
        "Your ID card and a one-stop shop help sooner.",
        "Too many codes were typed, for this account or from your network: what you typed was not "
        "read. You can type one again in %(num)s hours. "
        "Your ID card and a one-stop shop help sooner.",
        num=hours_until(tries.until),
    )
