"""The table of kinds: what every row must say, and what follows from all of them."""

from idp.factors.kinds import (
    KINDS,
    PASSKEY,
    PASSWORD,
    RECOVERY_CODE,
    SMS,
    TOTP,
    kinds_beyond,
    strongest_authentication,
    usable,
)
from idp.people.declaration import LEVELS
from idp.settings.people import AssuranceSettings
from idp.web.routes import room_router


def test_rows_have_names_pages_and_reasons_of_their_own() -> None:
    for field in ("name", "page", "failure", "words", "failure_words"):
        values = [getattr(kind, field) for kind in KINDS.values()]
        assert all(values)
        assert len(set(values)) == len(values), field
    assert all(name == kind.name for name, kind in KINDS.items())


def test_every_page_a_row_names_is_there() -> None:
    paths = {getattr(route, "path", "") for route in room_router("idp.signin").routes}
    pages = [page for kind in KINDS.values() for page in (kind.page, kind.enrol_page) if page]
    assert {f"/signin/{{interaction_id}}/{page}" for page in pages} <= paths


def test_what_is_offered_here_reaches_two_different_factors() -> None:
    assert strongest_authentication() == 2
    assert kinds_beyond(()) == (PASSWORD, PASSKEY, TOTP, SMS, RECOVERY_CODE)
    assert kinds_beyond((PASSWORD,)) == (PASSKEY, TOTP, SMS, RECOVERY_CODE)
    assert kinds_beyond((PASSWORD, TOTP)) == ()
    assert kinds_beyond((PASSKEY,)) == ()
    assert kinds_beyond((PASSWORD, RECOVERY_CODE)) == ()


def test_a_restricted_kind_is_taken_by_policy_of_whom_it_speaks_for() -> None:
    """SP 800-63B-4 section 3.2.9; the others do not depend on it."""
    every, allowed = list(KINDS.values()), AssuranceSettings(text_messages=True)
    others = [kind for kind in every if kind is not SMS]
    assert usable(every, AssuranceSettings(), proofing=1) == others
    assert [usable(every, allowed, proofing=level) for level in LEVELS] == [every, every, others]
