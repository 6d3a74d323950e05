"""The policy as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY
from uuid import UUID, uuid4

import pytest

from idp.assurance.levels import find_level
from idp.authorization.decide import Policy, Progress, Signed, decide
from idp.authorization.outcomes import (
    Closed,
    Consent,
    Contact,
    Finished,
    Outcome,
    Refuse,
    Representation,
    SignIn,
    Unmet,
)
from idp.factors.kinds import PASSKEY, PASSWORD, TOTP, hardware_key
from idp.interactions.models import Needs
from idp.people.models import ContactKind
from idp.sessions.evidence import Shown
from idp.settings.people import AssuranceSettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(minutes=1)
PERSON, MANDATE = uuid4(), uuid4()
OPENID = frozenset({"openid"})


def asked(minimum: str = "LoA1", acr: str = "", prompt: str = "", **values: object) -> Policy:
    return Policy(
        minimum_acr=minimum,
        acrs=tuple(acr.split()),
        prompts=frozenset(prompt.split()),
        consent_scopes=OPENID,
        **values,  # type: ignore[arg-type]
    )


def signed(
    proofing: int = 1,
    authentication: int = 2,
    at: datetime = EARLIER,
    agreed: frozenset[str] | None = OPENID,
    mandates: frozenset[UUID] = frozenset(),
    code_at: datetime | None = None,
    is_confirmed: bool = True,
) -> Signed:
    """Who showed a password at that instant, and for level 2 a code then or at another."""
    shown = (Shown(PASSWORD, at), Shown(TOTP, code_at or at, is_confirmed))
    return Signed(
        subject=PERSON.hex,
        proofing=proofing,
        shown=shown[:authentication],
        agreed_scopes=agreed,
        mandates=mandates,
    )


def needs(acr: str, after: datetime | None = None) -> Needs:
    """Those of the level, as far as the factors offered here reach."""
    level = find_level(AssuranceSettings(), acr)
    assert level is not None
    authentication = min(level.authentication, 2)
    return Needs(
        acr=acr, proofing=level.proofing, authentication=authentication, authenticate_after=after
    )


def refused(error: str) -> Refuse:
    return Refuse(error, ANY)


def begun(**values: object) -> Progress:
    return Progress(begun_at=NOW, **values)  # type: ignore[arg-type]


ALLOWED = begun(consent="allow", consented_at=LATER)
FRESH = signed(at=LATER)
STRANGER = replace(signed(), may_enter=False)
FOR_BUSINESS = asked(wants_organization=True)
STEPPED_UP = signed(proofing=2, code_at=NOW - timedelta(minutes=1))
"""A password an hour ago, a code just now."""
ALONE = signed(proofing=2, is_confirmed=False)
"""Who added the app themselves, to an account that was proven before."""
EMAIL, PHONE = ContactKind.EMAIL, ContactKind.PHONE
WRITING = asked(needed_contacts=(EMAIL, PHONE))
"""What cannot do without either."""
REACHED = replace(signed(), contacts=frozenset({EMAIL}))
LONG_AGO = replace(signed(), lacking=Needs(authentication=2, authenticate_after=NOW))
"""Who has to sign in again before they change anything in their account."""
HAS_KEY = replace(signed(proofing=2), strongest=4)
"""Who has a hardware key that counts as 4, and showed password and code."""
WITH_KEY = replace(signed(proofing=2), shown=(Shown(PASSKEY, NOW, counts_as=hardware_key(4)),))
BY_KEY = replace(needs("LoA4"), authentication=4)
DIRECTOR = signed(mandates=frozenset({MANDATE}))


@pytest.mark.parametrize(
    ("wanted", "who", "so_far", "outcome"),
    [
        # signing in
        (asked(), None, begun(), SignIn(needs("LoA1"))),
        (asked("LoA2"), None, begun(), SignIn(needs("LoA2"))),
        (asked("LoA2"), signed(authentication=1), begun(), SignIn(needs("LoA2"))),
        (asked("LoA2"), signed(), begun(), Finished("LoA2")),
        (asked(prompt="none"), None, begun(), refused("login_required")),
        (asked(prompt="none"), signed(), begun(), Finished("LoA2")),
        (
            asked("LoA2", prompt="none"),
            signed(authentication=1),
            begun(),
            refused("login_required"),
        ),
        # fresh authentication
        (asked(prompt="login"), signed(), begun(), SignIn(needs("LoA1", NOW))),
        (asked(prompt="login"), FRESH, begun(), Finished("LoA2")),
        (asked(prompt="select_account"), signed(), begun(), SignIn(needs("LoA1", NOW))),
        (asked(max_age=timedelta(hours=2)), signed(), begun(), Finished("LoA2")),
        (
            asked(max_age=timedelta(minutes=5)),
            signed(),
            begun(),
            SignIn(needs("LoA1", NOW - timedelta(minutes=5))),
        ),
        (asked(max_age=timedelta(0)), FRESH, begun(), Finished("LoA2")),
        (
            asked(prompt="none", max_age=timedelta(0)),
            signed(),
            begun(),
            refused("login_required"),
        ),
        # G1: each factor has its own instant
        (
            asked("LoA2", max_age=timedelta(minutes=5)),
            STEPPED_UP,
            begun(),
            SignIn(needs("LoA2", NOW - timedelta(minutes=5))),
        ),
        (
            asked(acr="LoA3 LoA1", prompt="none", max_age=timedelta(minutes=5)),
            STEPPED_UP,
            begun(),
            refused("login_required"),
        ),
        (asked(max_age=timedelta(minutes=5)), STEPPED_UP, begun(), Finished("LoA1")),
        (asked("LoA2", max_age=timedelta(hours=2)), STEPPED_UP, begun(), Finished("LoA3")),
        (asked("LoA2"), STEPPED_UP, begun(), Finished("LoA3")),
        (asked(prompt="login"), signed(code_at=LATER), begun(), Finished("LoA1")),
        # G1: a factor that is not confirmed reaches what needs no proofing
        (asked(), ALONE, begun(), Finished("LoA1")),
        (asked(acr="LoA3 LoA2 LoA1"), ALONE, begun(), Finished("LoA1")),
        (asked("LoA2"), ALONE, begun(), Unmet(needs("LoA2"))),
        (asked("LoA3"), ALONE, begun(), Unmet(needs("LoA3"))),
        (
            asked("LoA2", prompt="none"),
            ALONE,
            begun(),
            refused("unmet_authentication_requirements"),
        ),
        (
            asked("LoA2"),
            ALONE,
            begun(unmet_was_shown=True),
            refused("unmet_authentication_requirements"),
        ),
        (asked("LoA1"), signed(proofing=0, is_confirmed=False), begun(), Finished("LoA1")),
        # whether it is open to them: G22
        (asked(), STRANGER, begun(), Closed(needs("LoA1"))),
        (asked("LoA3"), STRANGER, begun(), Closed(needs("LoA3"))),
        (asked(), STRANGER, ALLOWED, Closed(needs("LoA1"))),
        (asked(), STRANGER, begun(unmet_was_shown=True), refused("access_denied")),
        (asked(), signed(), begun(unmet_was_shown=True), Finished("LoA2")),
        (asked(prompt="none"), STRANGER, begun(), refused("access_denied")),
        (asked(prompt="login"), STRANGER, begun(), SignIn(needs("LoA1", NOW))),
        (asked(subjects=frozenset({"else"})), STRANGER, begun(), refused("login_required")),
        # levels
        (asked(acr="LoA1"), signed(), begun(), Finished("LoA1")),
        (asked(acr="LoA2 LoA1"), signed(), begun(), Finished("LoA2")),
        (asked("LoA2", acr="LoA1"), signed(), begun(), Finished("LoA2")),
        (asked(acr="LoA3"), signed(proofing=2), begun(), Finished("LoA3")),
        (asked(acr="LoA3"), signed(proofing=2, authentication=1), begun(), SignIn(needs("LoA3"))),
        (asked(acr="LoA3"), signed(proofing=1), begun(), Finished("LoA2")),
        (asked(acr="LoA4"), signed(proofing=2), begun(), Finished("LoA3")),
        (asked(acr="nonsense"), signed(), begun(), Finished("LoA2")),
        (asked("LoA3"), signed(proofing=1), begun(), Unmet(needs("LoA3"))),
        (asked("LoA4"), signed(proofing=2), begun(), Unmet(needs("LoA4"))),
        (asked("LoA4"), None, begun(), SignIn(needs("LoA4"))),
        (asked("LoA4"), HAS_KEY, begun(), SignIn(BY_KEY)),
        (asked(acr="LoA4"), HAS_KEY, begun(), SignIn(BY_KEY)),
        (asked("LoA4"), replace(HAS_KEY, proofing=1), begun(), Unmet(BY_KEY)),
        (asked("LoA3"), HAS_KEY, begun(), Finished("LoA3")),
        (asked("LoA4"), WITH_KEY, begun(), Finished("LoA4")),
        (asked("LoA4"), replace(WITH_KEY, proofing=1), begun(), Unmet(needs("LoA4"))),
        (asked("LoA4"), HAS_KEY, begun(unmet_was_shown=True), SignIn(BY_KEY)),
        (
            asked("LoA3"),
            signed(proofing=1),
            begun(unmet_was_shown=True),
            refused("unmet_authentication_requirements"),
        ),
        (asked("LoA3"), signed(proofing=2), begun(unmet_was_shown=True), Finished("LoA3")),
        (
            asked("LoA3", prompt="none"),
            signed(proofing=1),
            begun(),
            refused("unmet_authentication_requirements"),
        ),
        # consent
        (asked(), signed(agreed=None), begun(), Consent(needs("LoA1"))),
        (asked(), signed(agreed=frozenset({"profile"})), begun(), Consent(needs("LoA1"))),
        (asked(), signed(), begun(consent="deny"), refused("access_denied")),
        (asked(), None, begun(consent="deny"), refused("access_denied")),
        (asked(prompt="consent"), signed(), begun(), Consent(needs("LoA1"))),
        (asked(is_confirmed_each_time=True), signed(), begun(), Consent(needs("LoA1"))),
        (asked(is_confirmed_each_time=True), signed(), ALLOWED, Finished("LoA2")),
        (
            asked(prompt="none", is_confirmed_each_time=True),
            signed(),
            begun(),
            refused("consent_required"),
        ),
        (asked(consent_purpose="why"), signed(), begun(), Consent(needs("LoA1"))),
        (asked(), replace(signed(), agreed_purpose="why"), begun(), Consent(needs("LoA1"))),
        (
            asked(consent_purpose="why"),
            replace(signed(), agreed_purpose="why"),
            begun(),
            Finished("LoA2"),
        ),
        (
            asked(consent_resources=frozenset({"https://land.example/"})),
            signed(),
            ALLOWED,
            Consent(needs("LoA1")),
        ),
        (asked(prompt="consent"), signed(), ALLOWED, Finished("LoA2")),
        (
            asked(prompt="consent"),
            signed(),
            begun(consent="allow", consented_at=EARLIER),
            Consent(needs("LoA1")),
        ),
        (asked(prompt="none"), signed(agreed=None), begun(), refused("consent_required")),
        # representation
        (FOR_BUSINESS, signed(), begun(), Finished("LoA2")),
        (FOR_BUSINESS, DIRECTOR, begun(), Representation(needs("LoA1"))),
        (FOR_BUSINESS, DIRECTOR, begun(has_chosen=True), Finished("LoA2")),
        (
            FOR_BUSINESS,
            DIRECTOR,
            begun(has_chosen=True, mandate_id=MANDATE),
            Finished("LoA2"),
        ),
        (
            FOR_BUSINESS,
            DIRECTOR,
            begun(has_chosen=True, mandate_id=uuid4()),
            Representation(needs("LoA1")),
        ),
        (
            FOR_BUSINESS,
            signed(),
            begun(has_chosen=True, mandate_id=uuid4()),
            Representation(needs("LoA1")),
        ),
        (
            asked(prompt="none", wants_organization=True),
            DIRECTOR,
            begun(),
            refused("interaction_required"),
        ),
        # what the relying party cannot do without
        (WRITING, signed(), begun(), Contact(needs("LoA1"), EMAIL)),
        (WRITING, REACHED, begun(), Contact(needs("LoA1"), PHONE)),
        (WRITING, replace(REACHED, contacts=frozenset({EMAIL, PHONE})), begun(), Finished("LoA2")),
        (asked(), signed(), begun(), Finished("LoA2")),
        (WRITING, None, begun(), SignIn(needs("LoA1"))),
        (asked("LoA4", needed_contacts=(EMAIL,)), signed(), begun(), Unmet(needs("LoA4"))),
        (asked(needed_contacts=(EMAIL,)), STRANGER, begun(), Closed(needs("LoA1"))),
        (
            asked(needed_contacts=(EMAIL,)),
            signed(agreed=None),
            begun(),
            Contact(needs("LoA1"), EMAIL),
        ),
        (
            asked(needed_contacts=(EMAIL,)),
            replace(REACHED, agreed_scopes=None),
            begun(),
            Consent(needs("LoA1")),
        ),
        (
            asked(needed_contacts=(EMAIL,), wants_organization=True),
            DIRECTOR,
            begun(),
            Representation(needs("LoA1")),
        ),
        (WRITING, signed(), begun(consent="deny"), refused("access_denied")),
        (
            WRITING,
            LONG_AGO,
            begun(),
            SignIn(replace(needs("LoA1", NOW), authentication=2)),
        ),
        (
            asked(needed_contacts=(EMAIL,), max_age=timedelta(hours=2)),
            LONG_AGO,
            begun(),
            SignIn(replace(needs("LoA1", NOW), authentication=2)),
        ),
        (replace(WRITING, needed_contacts=(EMAIL,)), REACHED, begun(), Finished("LoA2")),
        (
            replace(WRITING, prompts=frozenset({"none"})),
            signed(),
            begun(),
            refused("interaction_required"),
        ),
        (
            replace(WRITING, prompts=frozenset({"none"})),
            LONG_AGO,
            begun(),
            refused("interaction_required"),
        ),
        # id_token_hint
        (asked(subjects=frozenset({PERSON.hex})), signed(), begun(), Finished("LoA2")),
        (asked(subjects=frozenset({"other"})), signed(), begun(), refused("login_required")),
        (asked(subjects=frozenset({"other"})), None, begun(), SignIn(needs("LoA1"))),
    ],
)
def test_what_is_needed_next(
    wanted: Policy, who: Signed | None, so_far: Progress, outcome: Outcome
) -> None:
    assert decide(wanted, who, so_far, AssuranceSettings()) == outcome


KNOWN = signed(agreed=None, proofing=2)
"""Somebody who is signed in, and agreed to nothing here."""
ONE_ANSWER = refused("consent_required")
QUESTIONS = {
    "freshness": (asked(max_age=timedelta(0)), KNOWN),
    "identity": (asked(subjects=frozenset({"else"})), KNOWN),
    "level": (asked("LoA4"), KNOWN),
    "an essential level": (asked("LoA4", essential_acrs=("LoA4",)), KNOWN),
    "a level nobody has": (asked(essential_acrs=("LoA9",)), KNOWN),
    "a second factor": (asked("LoA2"), replace(KNOWN, shown=KNOWN.shown[:1])),
    "confirmation": (asked("LoA3"), replace(ALONE, agreed_scopes=None)),
    "an organization": (FOR_BUSINESS, replace(DIRECTOR, agreed_scopes=None)),
    "a contact": (WRITING, KNOWN),
    "admission": (asked(), replace(STRANGER, agreed_scopes=None)),
    "nothing": (asked(), KNOWN),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_before_consent_a_silent_request_has_one_answer(question: str) -> None:
    """G7: whoever the person agreed to nothing with learns that they are signed in, and no more.

    The control: with a page, or once they agreed to all that is asked, each question has its own.
    """
    wanted, who = QUESTIONS[question]
    silent = replace(wanted, prompts=frozenset({"none"}))
    for agreed in (None, frozenset({"profile"})):
        stranger = replace(who, agreed_scopes=agreed)
        assert decide(silent, stranger, begun(), AssuranceSettings()) == ONE_ANSWER
    anybody = replace(silent, is_confirmed_each_time=True)
    agreed_here = replace(who, agreed_scopes=OPENID)
    assert decide(anybody, agreed_here, begun(), AssuranceSettings()) == ONE_ANSWER
    assert decide(silent, None, begun(), AssuranceSettings()) == refused("login_required")
    answer = decide(silent, agreed_here, begun(), AssuranceSettings())
    assert answer != ONE_ANSWER
    assert isinstance(answer, Finished) is (question == "nothing")


@pytest.mark.parametrize("prompt", ["", "none"])
def test_who_hears_the_minute_learns_no_second(prompt: str) -> None:
    """G7: however a party bisects `max_age`, everybody of one minute gets the same answers."""
    minute = NOW - timedelta(minutes=10)
    in_it = [signed(at=minute + timedelta(seconds=second)) for second in (0, 1, 30, 59.9)]
    begun_at = Progress(begun_at=NOW + timedelta(seconds=17))

    def answers(max_age: int, *, hears_minutes: bool) -> list[Outcome]:
        wanted = asked(
            prompt=prompt, max_age=timedelta(seconds=max_age), hears_minutes=hears_minutes
        )
        return [decide(wanted, who, begun_at, AssuranceSettings()) for who in in_it]

    for max_age in range(540, 660):
        first, *others = answers(max_age, hears_minutes=True)
        assert all(one == first for one in others)
        assert isinstance(first, Finished) is (max_age >= 617), "not older than what is told"
    assert len({type(one) for one in answers(590, hears_minutes=False)}) == 2, "the control"


def test_who_signed_in_for_the_request_is_fresh_whatever_the_minute() -> None:
    begun_at = Progress(begun_at=NOW + timedelta(seconds=17))
    just_now = signed(at=NOW + timedelta(seconds=18))
    before = signed(at=NOW + timedelta(seconds=16))
    for max_age in (0, 1, 10):
        wanted = asked(max_age=timedelta(seconds=max_age), hears_minutes=True)
        assert decide(wanted, just_now, begun_at, AssuranceSettings()) == Finished("LoA2")
        assert isinstance(decide(wanted, before, begun_at, AssuranceSettings()), SignIn)
