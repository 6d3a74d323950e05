"""My second factor: setting up an authenticator app, moving to another one, or disowning one.

An app that does not carry its owner's proofing may be somebody else's, who knows the password: the
owner says so here, and it is gone.
"""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.entry import owner_page, raise_session_with, restart_session
from idp.account.part import AccountPart
from idp.account.password import PATH as NEW_PASSWORD
from idp.accounts.changes import add_factor, disown_factors, replace_factor
from idp.accounts.possession import may_show
from idp.factors.credentials import Credentials, Held, most_trusted, read_credentials
from idp.factors.key_models import NO_MODELS, KeyModel
from idp.factors.kinds import PASSKEY, PASSWORD, RECOVERY_CODE, SMS, TOTP, Kind, usable
from idp.factors.own_passkeys import HardwareKey, list_hardware_keys
from idp.factors.recovery_codes import CodeSet, find_set
from idp.factors.totp import (
    Enrolment,
    begin_enrolment,
    enrolled_at,
    prove_enrolment,
    why_not,
)
from idp.factors.ways import Way, list_ways
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.people.identifiers import find_own_number
from idp.people.models import ContactKind
from idp.sessions.lookup import CurrentSession
from idp.web.csrf import OwnForm
from idp.web.kept import leave, read_left
from idp.web.language import product_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_ALONE = Message(
    "From now on your account, and services that need a higher identity level, ask for its code. "
    "If there was an app before, it no longer works."
)
_BESIDE = Message("Its codes work from now on, beside what you had before.")
PATH = "/account/factor"


@immutable
class FactorPage:
    """Since when there is an app; and whether it carries the proofing, or from when on.

    `may_add`, `may_add_passkey`: there may be more of them than there are.

    `may_object`: it was not shown in this session, so it may be somebody else's. `may_confirm`: a
    code makes it count at once.
    """

    name: str
    enrolled_at: datetime | None
    waits_by_app: bool
    """Whether an app waits to be confirmed, which a desk does by its digits."""
    waits_otherwise: bool
    """Or what shows no digits."""
    ways: tuple[Way, ...]
    models: Mapping[UUID, KeyModel]
    """Of which model each hardware key is that counts for more, by the `id` of its way."""
    may_add: bool
    may_add_passkey: bool
    may_add_telephone: bool
    has_passkey: bool
    is_confirmed: bool
    confirmed_from: datetime | None
    may_object: bool
    may_confirm: bool
    codes: CodeSet | None
    may_make_codes: bool
    has_idle_texts: bool
    """Text messages are set up, and asked for no more."""
    is_by_code: bool
    """Signed in by a recovery code, without the app."""
    may_have_lost_passkey: bool


@immutable
class SetUpPage:
    """A secret as QR code and as text, and the form for the first code.

    `number` is for password managers.
    """

    name: str
    number: str
    enrolment: Enrolment
    is_another: bool
    errors: dict[str, str] = field(default_factory=dict)


@router.get(PATH)
@owner_page(PATH)
def show(request: Request, db: Session, session: CurrentSession) -> Response:
    """Whether there is an app, and the way to set one up."""
    since, at = enrolled_at(db, person_id=session.person_id), clock.now()
    own = read_credentials(db, person_id=session.person_id)
    taken = usable(own.held, AccountPart.of(request).assurance, proofing=own.proofing)
    waiting = [
        one
        for one in own.factors
        if one.kind in taken and not (one.kind.is_spare or own.is_carried(one, at=at))
    ]
    trust = most_trusted(waiting)
    ways = list_ways(db, person_id=session.person_id, at=at) if own.held else ()
    page = FactorPage(
        name=session.name,
        enrolled_at=since,
        ways=ways,
        models={key.id: key.model for key in own_keys(request, db, own)},
        may_add=has_room(ways, TOTP),
        may_add_passkey=AccountPart.of(request).passkeys.is_on and has_room(ways, PASSKEY),
        may_add_telephone=may_add_telephone(request, session, ways),
        has_passkey=any(way.kind is PASSKEY and way.is_in_use for way in ways),
        is_confirmed=not waiting,
        waits_by_app=any(one.kind is TOTP for one in waiting),
        waits_otherwise=any(one.kind is not TOTP for one in waiting),
        confirmed_from=trust.confirmed_from(own.proofing) if trust else None,
        may_object=bool(own.unconfirmed(at=at, shown=session.shown)),
        may_confirm=_is_mail_enough(request, db, session),
        codes=find_codes(db, own),
        may_make_codes=session.authentication > 1,
        has_idle_texts=has_idle_texts(request, own),
        is_by_code=is_by_code(session, own),
        may_have_lost_passkey=may_have_lost_passkey(session, own),
    )
    return render(request, "account/factor.html", page)


def own_keys(request: Request, db: Session, own: Credentials) -> tuple[HardwareKey, ...]:
    """The hardware keys of whoever has passkeys, of models that count for more here."""
    site = Site.of(request)
    models = site.factor_rules.models if PASSKEY in own.held else NO_MODELS
    return list_hardware_keys(db, keyring=site.keyring, person_id=own.person_id, models=models)


def has_idle_texts(request: Request, own: Credentials) -> bool:
    """Whether text messages are set up, and taken no more: by policy, or since they were seen."""
    rules = AccountPart.of(request).assurance
    return SMS in own.held and SMS not in usable(own.held, rules, proofing=own.proofing)


def find_codes(db: Session, own: Credentials) -> CodeSet | None:
    """The recovery codes of whoever has any; who has none costs no statement."""
    return find_set(db, person_id=own.person_id) if RECOVERY_CODE in own.held else None


def is_by_code(session: CurrentSession, own: Credentials) -> bool:
    """Whether its person used a recovery code and not the app that they have: it may be lost."""
    return RECOVERY_CODE in session.kinds and TOTP in {*own.held} - {*session.kinds}


def may_have_lost_passkey(session: CurrentSession, own: Credentials) -> bool:
    """Whether they used a recovery code, and not each passkey of theirs: its device may be lost.

    One that was added since is no answer: with the lost one somebody else still signs in.
    """
    shown = own.shown(session.shown)
    unseen = [one for one in own.factors if one.kind is PASSKEY and one not in shown]
    return RECOVERY_CODE in session.kinds and bool(unseen)


def _is_mail_enough(request: Request, db: Session, session: CurrentSession) -> bool:
    is_proven = session.proofing and AccountPart.of(request).offers_mail
    return bool(is_proven and may_show(db, session, at=clock.now()))


def has_room(ways: Collection[Way], kind: Kind) -> bool:
    """Whether there may be one more of that kind."""
    return len([way for way in ways if way.kind is kind]) < kind.most


def may_add_telephone(request: Request, session: CurrentSession, ways: Collection[Way]) -> bool:
    """Whether codes by text message may be set up: by policy, and not of who was seen."""
    part = AccountPart.of(request)
    is_taken = bool(usable((SMS,), part.assurance, proofing=session.proofing))
    return is_taken and ContactKind.PHONE in part.reached_by and has_room(ways, SMS)


def _has_other(session: CurrentSession) -> bool:
    """Whether another second factor was shown, beside which this one may be set up."""
    return any(one.kind is not PASSWORD and not one.kind.is_spare for one in session.shown)


@router.post(f"{PATH}/not-mine")
@owner_page(PATH, is_fresh=True)
def disown(request: Request, db: Session, session: CurrentSession, _form: OwnForm) -> Response:
    """Take away an app that is not the owner's, end all access, and go on to a new password."""
    epoch = disown_factors(db, session=session, at=clock.now())
    if epoch is None:
        return RedirectResponse(PATH, status_code=303)
    restart_session(request, db, session, epoch=epoch)
    return go_and_tell(
        request,
        NEW_PASSWORD,
        Message("The app is removed, and everybody else is signed out."),
        meaning=Message(
            "Now choose a new password: the person who set up the app knows the old one."
        ),
    )


@router.get(f"{PATH}/new")
@owner_page(f"{PATH}/new", is_fresh=True)
def show_new(request: Request, db: Session, session: CurrentSession) -> Response:
    """The secret of a new app, for someone who has just authenticated with all they have."""
    keyring = Site.of(request).keyring
    own = find_own_number(db, keyring=keyring, person_id=session.person_id)
    page = SetUpPage(
        name=session.name,
        number=(own.claim or own.number) if own else "",
        enrolment=begin_enrolment(
            db, keyring=keyring, session=session, at=clock.now(), issuer=product_of(request)
        ),
        is_another=TOTP in session.kinds,
        errors=read_left(request, whose=session.sid).get("errors", {}),
    )
    return render(request, "account/factor_new.html", page)


@router.post(f"{PATH}/new")
@owner_page(f"{PATH}/new", is_fresh=True)
def submit_new(request: Request, db: Session, session: CurrentSession, form: OwnForm) -> Response:
    """Confirm the new app, beside what was just shown, else in the place of those before.

    Who shows none, but a recovery code, has lost them: with them other sessions end.
    """
    keyring, typed, at = Site.of(request).keyring, form.get("otp", ""), clock.now()
    app = prove_enrolment(db, keyring=keyring, session=session, typed=typed, at=at)
    rules = AccountPart.of(request).assurance
    if app is None:
        trust = None
    elif _has_other(session):
        trust = add_factor(db, app, session=session, settings=rules, at=at)
    else:
        trust = replace_factor(db, app, session=session, settings=rules, at=at)
    if app is None or trust is None:
        left = {"errors": {"otp": why_not(typed)}}
        return leave(request, request.url.path, left, whose=session.sid)
    raise_session_with(request, db, session, Held(app.id, TOTP, trust), at=at)
    return go_and_tell(
        request,
        PATH,
        Message("Your authenticator app is set up."),
        meaning=_BESIDE if _has_other(session) else _ALONE,
    )
