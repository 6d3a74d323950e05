"""A scope value added to the table is spoken for."""

import re
from pathlib import Path

import pytest

from idp.relying_parties.scopes import CHOSEN_SCOPES, CLAIMS, SCOPES, Scope

DOCS = Path(__file__).parents[2] / "docs"
OF_NO_INTEREST = {"sub"}
"""What every sign-in has: the reference by which a service knows somebody again."""


@pytest.mark.parametrize("scope", SCOPES.values(), ids=lambda scope: scope.name)
def test_people_and_agencies_are_told_what_it_is(scope: Scope) -> None:
    is_chosen = scope.name != "openid"
    assert bool(scope.for_people) is bool(scope.for_agencies) is is_chosen
    assert (scope.name in CHOSEN_SCOPES) is is_chosen
    words = [claim.words for claim in scope.claims]
    assert any(words) or scope.on_consent or not is_chosen, "the consent page would be silent"


def test_each_claim_belongs_to_one_scope_and_has_words() -> None:
    names = [claim.name for scope in SCOPES.values() for claim in scope.claims]
    assert len(names) == len({*names}) == len(CLAIMS)
    assert {name for name, claim in CLAIMS.items() if not claim.words} == OF_NO_INTEREST
    for scope in SCOPES.values():
        own = {claim.name for claim in scope.claims}
        assert {claim.part_of for claim in scope.claims} <= {*own, ""}


def test_the_integrator_s_page_lists_the_scopes_and_their_claims() -> None:
    text = (DOCS / "integrate.md").read_text(encoding="utf-8")
    table = text.partition("| scope |")[2].partition("\n\n")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \|([^|]*)\|", table)
    listed = {name: tuple(re.findall(r"`(\w+)`", claims)) for name, claims in rows}
    assert listed == {n: tuple(c.name for c in scope.claims) for n, scope in SCOPES.items()}
