"""A scope value added to the table is spoken for."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.dynamic import find_own_faults
from idp.relying_parties.field_kinds import Fault
from idp.relying_parties.grant_types import MACHINE_GRANTS
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.scopes import (
    ADOPTION_READ,
    CHOSEN_SCOPES,
    CLAIMS,
    INTERFACE_SCOPES,
    SCOPES,
    Scope,
)
from idp.settings.server import IssuerSettings

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


def metadata(**values: Any) -> ClientMetadata:
    usual: dict[str, Any] = {"client_name": "Hệ thống báo cáo", "grant_types": MACHINE_GRANTS[:1]}
    return ClientMetadata(**{**usual, "scope": ADOPTION_READ, **values})


def sentences(faults: Iterable[Fault]) -> list[str]:
    return [fault.sentence for fault in faults if fault.field == "scope"]


def test_a_scope_of_an_interface_needs_a_grant_without_a_person() -> None:
    issuer = IssuerSettings()
    assert not sentences(find_faults(metadata(), issuer=issuer))
    person = metadata(
        grant_types=("authorization_code",),
        scope=f"openid {ADOPTION_READ}",
        redirect_uris=("https://rp.example/cb",),
    )
    assert sentences(find_faults(person, issuer=issuer)) == [
        "This scope needs a grant without a person."
    ]


def test_an_operator_alone_registers_a_scope_of_an_interface() -> None:
    """Nobody ticks it in the portal, nobody who registers themselves is given it."""
    assert not set(INTERFACE_SCOPES) & {*CHOSEN_SCOPES, *SCOPES}
    issuer = IssuerSettings()
    own = sentences(find_own_faults(metadata(), issuer=issuer, levels=()))
    assert "This scope is for clients an operator registers." in own
    other = metadata(scope="reports.write")
    assert not sentences(find_own_faults(other, issuer=issuer, levels=()))
