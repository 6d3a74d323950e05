"""A sign-in that a passkey makes another's: nothing is left in it of who was there before."""

from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.interactions.models import Interaction
from idp.interactions.progress import choose_representation, decide_consent
from idp.sessions.lookup import CurrentSession
from idp.web.ends import Ends
from tests.signin.conftest import Browser, World
from tests.signin.test_passkey import Holder, add_holder, answer
from tests.support.app import changed_part


def agreed(world: World, holder: Holder, *, allowed: bool) -> tuple[Browser, str]:
    """A browser in which that person has chosen for whom they act, and answered."""
    browser = world.browser()
    interaction = browser.open(needed_authentication=2)
    assert answer(browser, interaction, holder.key).status_code == 303
    with world.transaction() as db:
        given: dict[str, Any] = {"interaction_id": world.interaction(interaction).id}
        choose_representation(db, **given, mandate_id=None)
        decide_consent(db, **given, allowed=allowed)
    return browser, interaction


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("is_another", [True, False])
def test_nobody_agrees_or_declines_for_who_signs_in_behind_them(
    world: World, is_another: bool, allowed: bool
) -> None:
    """The opener answers at once: it must not hear of the one before."""
    first, second = add_holder(world), add_holder(world)
    browser, interaction = agreed(world, first, allowed=allowed)
    heard: list[tuple[Any, Any]] = []

    def answer_at_once(
        _request: Request, _db: Session, of: Interaction, _session: CurrentSession
    ) -> Response:
        heard.append((of.consent_decision, of.representation_chosen_at))
        return RedirectResponse("https://rp.example/cb", status_code=303)

    key = second.key if is_another else first.key
    with changed_part(world.app, Ends, answer=answer_at_once):
        answer(browser, interaction, key, shown_at="identifier?other=1")
    [(consent, chosen)] = heard
    if is_another:
        assert (consent, chosen) == (None, None)
    else:
        assert consent == ("allow" if allowed else "deny")
        assert chosen is not None
    assert world.interaction(interaction).consent_decision == consent
