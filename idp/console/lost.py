"""For whoever lost the password, or the phone, and stands at the desk: a new password.

The number stays with the account: giving it to another person is `people`.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.lost import let_in_again
from idp.console.cards import NOBODY, Compared, opened_at, read_compared, refuse_act
from idp.console.entry import PEOPLE, OperatorVisit
from idp.console.new_password import give, judge
from idp.console.part import ConsolePart
from idp.console.people_page import Handing, refuse
from idp.factors.password import hash_password, new_password
from idp.kit import clock
from idp.web.csrf import OwnForm
from idp.web.lanes import Lane, in_lane
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router

router = Router()
_FORM = "lost_"
_WHAT = {"password": Handing.PASSWORD, "phone": Handing.PHONE}
_NO_WHAT = Message("Choose what is lost.")


@router.post(f"{PEOPLE}/lost")
@in_lane(Lane.HASHES)
def let_in(request: Request, fields: OwnForm) -> Response:
    """Set a new password; whoever lost the phone loses what was on it, too."""
    refused = judge(request, fields, lambda visit: _find_errors(visit, fields))
    if refused is not None:
        return refused
    password = new_password()
    password_hash = hash_password(ConsolePart.of(request).passwords, password)
    return give(request, password, lambda visit: _let_in(visit, fields, password_hash))


def _find_errors(visit: OperatorVisit, fields: Mapping[str, str]) -> dict[str, Message]:
    seen = read_compared(visit, fields, _FORM, at=clock.now())
    errors = {} if isinstance(seen, Compared) else seen
    return errors if fields.get("lost_what") in _WHAT else {**errors, "lost_what": _NO_WHAT}


def _let_in(
    visit: OperatorVisit, fields: Mapping[str, str], password_hash: str
) -> Response | Handing:
    at = clock.now()
    seen, what = read_compared(visit, fields, _FORM, at=at), _WHAT[fields["lost_what"]]
    if not isinstance(seen, Compared):
        return refuse(visit, fields, errors=seen)
    done = let_in_again(
        visit.db,
        keyring=Site.of(visit.request).keyring,
        number=seen.number,
        card=seen.card,
        password_hash=password_hash,
        has_factors=what is Handing.PASSWORD,
        at=at,
        since=opened_at(fields),
    )
    if isinstance(done, bool):
        return what if done else refuse(visit, fields, errors={"lost_number": NOBODY})
    return refuse_act(visit, fields, done, beside="lost_number", form=_FORM)
