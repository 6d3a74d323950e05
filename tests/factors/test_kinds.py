"""The table of kinds: what every row must say, and what follows from all of them."""

from idp.factors.kinds import (
    KINDS,
    PASSKEY,
    PASSWORD,
    RECOVERY_CODE,
    TOTP,
    kinds_beyond,
    strongest_authentication,
)
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
    assert kinds_beyond(()) == (PASSWORD, PASSKEY, TOTP, RECOVERY_CODE)
    assert kinds_beyond((PASSWORD,)) == (PASSKEY, TOTP, RECOVERY_CODE)
    assert kinds_beyond((PASSWORD, TOTP)) == ()
    assert kinds_beyond((PASSKEY,)) == ()
    assert kinds_beyond((PASSWORD, RECOVERY_CODE)) == ()
