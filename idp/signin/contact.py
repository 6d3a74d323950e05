"""A contact that the service cannot do without: asked of who has none, once, and kept for later.

Whoever does not give it is told what follows, and the service that they said no.
"""

from dataclasses import field

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.enrolment import find_lacking, is_fresh
from idp.factors.credentials import read_credentials
from idp.interactions.models import Interaction
from idp.interactions.progress import decide_consent
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.codes import OpenCode, Purpose, find_code
from idp.people.contacts import list_verified
from idp.people.models import ContactKind
from idp.relying_parties.scopes import CLAIMS, GIVEN_CLAIMS
from idp.sessions.lookup import CurrentSession
from idp.signin.contact_words import WORDS, ContactWords
from idp.signin.kept import go_back_to, read_kept
from idp.signin.next_step import Step
from idp.signin.part import SignInPart
from idp.signin.progress import go_to, page_url
from idp.signin.repeats import answered
from idp.signin.visit import Going, find_party, going_to, step_page
from idp.web.contact_codes import (
    CONTACT_FIELDS,
    LONGEST,
    ContactField,
    Judged,
    read_code,
    send_code,
)
from idp.web.csrf import OwnForm
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.routes import Router
from idp.web.templates import render

router = Router()


@immutable
class ContactPage:
    """Who needs it, what for, and the forms.

    `may_give`: the account is theirs to change; not with a second step that is not confirmed yet.
    """

    going: Going
    path: str
    kind: ContactKind
    words: ContactWords
    form: ContactField
    purpose: str
    may_give: bool
    typed: str = field(repr=False)
    code: OpenCode | None
    resend_seconds: int
    outbox: str
    errors: dict[str, Message]


@immutable
class WithoutPage:
    """What follows for whoever does not give it."""

    going: Going
    path: str
    words: ContactWords


@router.get("/signin/{interaction_id}/contact/{kind}")
@step_page(Step.RETURN)
def show(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, kind: str
) -> Response:
    """Why it is needed, and the form; for the account's owner, who has just signed in."""
    missing = _missing(db, interaction, session, kind)
    if missing is None:
        return go_to(request, interaction, Step.RETURN)
    own, at = read_credentials(db, person_id=session.person_id), clock.now()
    part = SignInPart.of(request)
    if find_lacking(session, own, settings=part.assurance, at=at):
        return go_to(request, interaction, Step.RETURN)
    kept = read_kept(request, interaction, _page(missing))
    purpose = Purpose(missing)
    code = find_code(db, purpose=purpose, person_id=session.person_id, sid=session.sid, at=at)
    page = ContactPage(
        going=going_to(request, interaction),
        path=page_url(interaction, _page(missing)),
        kind=missing,
        words=WORDS[missing],
        form=CONTACT_FIELDS[missing],
        purpose=_purpose(request, interaction, missing),
        may_give=is_fresh(session, own, settings=part.assurance, at=at),
        typed=kept.entered.get(missing, ""),
        code=code if "is_sent" in kept.entered else None,
        resend_seconds=code.resend_seconds(at=at) if code else 0,
        outbox=part.shown_by.get(missing, ""),
        errors=kept.errors,
    )
    return render(request, "signin/contact.html", page)


@router.post("/signin/{interaction_id}/contact/{kind}")
@step_page(Step.RETURN)
def send(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    kind: str,
    form: OwnForm,
) -> Response:
    """Send a code to what was typed."""
    asked = _asked(request, db, interaction, session, kind)
    if asked is None:
        return go_to(request, interaction, Step.RETURN)
    before = read_kept(request, interaction, _page(asked)).entered
    typed = form.get(asked, "").strip()[:LONGEST]
    sent_to = before.get(asked, "") if "is_sent" in before else ""
    judged = send_code(request, db, session, kind=asked, typed=typed, sent_to=sent_to)
    return _back(request, interaction, asked, typed, judged)


@router.post("/signin/{interaction_id}/contact/{kind}/code")
@step_page(Step.RETURN)
def take_code(
    request: Request,
    db: Session,
    interaction: Interaction,
    session: CurrentSession,
    *,
    kind: str,
    form: OwnForm,
) -> Response:
    """Take the code: the contact is the person's, and the sign-in goes on."""
    asked = _asked(request, db, interaction, session, kind)
    if asked is None:
        return go_to(request, interaction, Step.RETURN)
    value, typed = form.get(asked, "")[:LONGEST], form.get("code", "")
    judged = read_code(request, db, session, kind=asked, value=value, typed=typed)
    if judged.is_done:
        return go_to(request, interaction, Step.RETURN)
    return _back(request, interaction, asked, value, judged)


@router.get("/signin/{interaction_id}/contact/{kind}/without")
@step_page(Step.RETURN)
def show_without(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, kind: str
) -> Response:
    """What follows without it; nothing is decided yet."""
    missing = _missing(db, interaction, session, kind)
    if missing is None:
        return go_to(request, interaction, Step.RETURN)
    path = page_url(interaction, _page(missing))
    page = WithoutPage(going_to(request, interaction), path, WORDS[missing])
    return render(request, "signin/without.html", page)


@router.post("/signin/{interaction_id}/contact/{kind}/without")
@step_page(Step.RETURN)
def decline(
    request: Request,
    db: Session,
    interaction: Interaction,
    _session: CurrentSession,
    _form: OwnForm,
) -> Response:
    """End it: the opener tells the service that the person did not agree."""
    response = go_to(request, interaction, Step.RETURN)
    decide_consent(
        db, interaction_id=interaction.id, allowed=False, answered=answered(request, response)
    )
    return response


def _missing(
    db: Session, interaction: Interaction, session: CurrentSession, kind: str
) -> ContactKind | None:
    """That kind, where this sign-in needs it and the person has none by now.

    None for whose account is to be erased: to them nothing is open but to keep it.
    """
    if session.closes_at is not None:
        return None
    needed = {CLAIMS[name].contact for name in interaction.needed_claims}
    if kind not in needed or kind in list_verified(db, person_id=session.person_id):
        return None
    return ContactKind(kind)


def _asked(
    request: Request, db: Session, interaction: Interaction, session: CurrentSession, kind: str
) -> ContactKind | None:
    """The same, of the account's owner, who has just signed in: they may give it here and now."""
    missing = _missing(db, interaction, session, kind)
    if missing is None:
        return None
    own, rules = read_credentials(db, person_id=session.person_id), SignInPart.of(request).assurance
    return missing if is_fresh(session, own, settings=rules, at=clock.now()) else None


def _purpose(request: Request, interaction: Interaction, kind: ContactKind) -> str:
    """What it is for, in the words of the agency; empty where it said none."""
    party, language = find_party(request, interaction), language_of(request)
    if party is None:
        return ""
    claim = next(name for name in GIVEN_CLAIMS if CLAIMS[name].contact == kind)
    return party.claim_purposes(language).get(claim, "") or party.purpose(language)


def _back(
    request: Request, interaction: Interaction, kind: ContactKind, typed: str, judged: Judged
) -> Response:
    """To the page, which shows what was typed, and the code's form once one is on its way."""
    entered = {kind.value: typed, **({"is_sent": "yes"} if judged.is_sent else {})}
    return go_back_to(request, interaction, _page(kind), errors=judged.errors, entered=entered)


def _page(kind: ContactKind) -> str:
    return f"contact/{kind}"
