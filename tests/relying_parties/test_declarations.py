from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from idp.kit.errors import InvalidInput
from idp.relying_parties.applying import Applied, apply_declarations, plan_changes
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.models import Environment, RelyingParty, RelyingPartyState
from idp.relying_parties.secrets import check_secret, rotate_secret
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
Declare = Callable[..., str]


def apply(db: Session, toml: str) -> list[Applied]:
    return apply_declarations(db, read_declarations(toml), issuer=ISSUER, at=NOW)


def stored(db: Session, client_id: str | None) -> RelyingParty:
    return db.execute(select(RelyingParty).where(RelyingParty.client_id == client_id)).scalar_one()


def test_a_declared_party_is_created_once_then_unchanged_then_updated(
    db: Session, register: Register, declare: Declare
) -> None:
    [created] = apply(db, declare())
    [again] = apply(db, declare())
    [updated] = apply(db, declare(redirect_uris='["https://gplx.example.vn/other"]'))

    assert [r.action for r in (created, again, updated)] == ["created", "unchanged", "updated"]
    assert created.client_id == again.client_id == updated.client_id
    assert created.client_secret
    assert again.client_secret is updated.client_secret is None
    party = stored(db, created.client_id)
    assert party.redirect_uris == ["https://gplx.example.vn/other"]
    assert party.client_name_en == "Licence exchange"
    assert party.default_service_id == register.service_id
    assert (party.environment, party.state) == (Environment.SANDBOX, RelyingPartyState.LIVE)


def test_a_name_is_kept_in_one_spelling(db: Session, register: Register, declare: Declare) -> None:
    """B7: NFC, also where software writes it as escapes."""
    [created] = apply(db, declare(client_name='"Ti\\u0302n Viê\\u0323t"'))
    assert stored(db, created.client_id).client_name == "Tîn Việt"


def test_only_a_digest_of_the_secret_is_stored(
    db: Session, register: Register, declare: Declare
) -> None:
    [result] = apply(db, declare())
    party = stored(db, result.client_id)

    assert result.client_secret
    assert party.client_secret_hash
    assert result.client_secret.encode() not in party.client_secret_hash
    assert check_secret(result.client_secret, stored_hash=party.client_secret_hash)
    assert not check_secret("other", stored_hash=party.client_secret_hash)
    assert not check_secret("", stored_hash=None)


def test_a_rotated_secret_replaces_the_old_one(
    db: Session, register: Register, declare: Declare
) -> None:
    [result] = apply(db, declare())
    party = stored(db, result.client_id)

    new = rotate_secret(db, relying_party_id=party.id, at=NOW)

    db.refresh(party)
    assert new
    assert check_secret(new, stored_hash=party.client_secret_hash)
    assert not check_secret(result.client_secret or "", stored_hash=party.client_secret_hash)


@pytest.mark.parametrize(
    "kind",
    [{"application_type": '"native"'}, {"token_endpoint_auth_method": '"none"'}],
    ids=["native", "in the browser"],
)
def test_a_public_client_has_no_secret(
    db: Session, register: Register, declare: Declare, kind: dict[str, str]
) -> None:
    [result] = apply(db, declare(**kind))

    assert result.client_secret is None
    party = stored(db, result.client_id)
    assert party.token_endpoint_auth_method == "none"
    assert rotate_secret(db, relying_party_id=party.id, at=NOW) is None


def test_planning_writes_nothing(db: Session, register: Register, declare: Declare) -> None:
    [change] = plan_changes(db, read_declarations(declare()), issuer=ISSUER)

    assert change.action == "created"
    assert db.scalars(select(RelyingParty)).all() == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"redirect_uri": '"https://a.vn/cb"'}, "did you mean 'redirect_uris'?"),
        ({"client_nam": '"x"'}, "did you mean 'client_name'?"),
        ({"system": ""}, "system is missing"),
        ({"system": '"nowhere"'}, "no system with the code 'nowhere'"),
        ({"service": '"9.999999"'}, "no service with this procedure code"),
        ({"redirect_uris": '["javascript:alert(1)"]'}, "Start with https://"),
        ({"redirect_uris": "[]"}, "at least one address"),
        ({"redirect_uris": '"https://a.vn/cb"'}, "must be a list of texts"),
        ({"post_logout_redirect_uris": '["http://a.vn/"]'}, "Use https"),
        ({"environment": '"live"'}, "sandbox or production"),
        ({"response_types": '["token"]'}, "Choose from: code,"),
        ({"token_endpoint_auth_method": '"none"', "require_pkce": "false"}, "without PKCE"),
        (
            {"token_endpoint_auth_method": '"none"', "grant_types": '["client_credentials"]'},
            "a secret or a key of its own",
        ),
        (
            {"token_endpoint_auth_method": '"none"', "redirect_uris": '["vn.gov.example:/cb"]'},
            "Start with https://",
        ),
        ({"application_type": '"native"', "require_pkce": "false"}, "without PKCE"),
        ({"profile": '"fapi9"'}, "Choose from: openid, fapi2-security,"),
        ({"scope": '"profile"'}, "Include openid"),
        ({"client_id": '"a b"'}, "client_id has"),
        ({"require_pkce": '"yes"'}, "true or false"),
    ],
)
def test_a_wrong_declaration_is_refused_with_what_to_do(
    db: Session, register: Register, declare: Declare, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        apply(db, declare(**changes))
    assert told in refusal.value.public
    assert db.scalars(select(RelyingParty)).all() == []


def test_one_faulty_party_keeps_the_whole_file_out(
    db: Session, register: Register, declare: Declare
) -> None:
    file = declare() + declare(client_name='"Other"', redirect_uris='["http://a.vn/"]')
    with pytest.raises(InvalidInput):
        apply(db, file)
    assert db.scalars(select(RelyingParty)).all() == []


def test_a_party_stays_in_its_environment(
    db: Session, register: Register, declare: Declare
) -> None:
    apply(db, declare(client_id='"licences-web"'))
    with pytest.raises(InvalidInput, match="stays so"):
        apply(db, declare(client_id='"licences-web"', environment='"production"'))


def test_a_level_that_there_is_not_is_refused_where_the_levels_are_known(
    db: Session, register: Register, declare: Declare
) -> None:
    """At every sign-in it would be passed over in silence."""
    declared = read_declarations(declare(default_acr_values='["LoA2", "LoA9"]'))
    with pytest.raises(InvalidInput) as refusal:
        plan_changes(db, declared, issuer=ISSUER, levels=["LoA1", "LoA2"])
    assert "default_acr_values (LoA9): Choose from: LoA1, LoA2." in refusal.value.public
    good = read_declarations(declare(default_acr_values='["LoA2"]'))
    assert len(plan_changes(db, good, issuer=ISSUER, levels=["LoA1", "LoA2"])) == 1


def test_legacy_without_pkce_is_kept_as_declared_and_logged(
    db: Session, register: Register, declare: Declare
) -> None:
    with capture_logs() as logged:
        apply(db, declare(client_id='"usual"'))
        [result] = apply(db, declare(client_id='"legacy"', require_pkce="false"))
    assert stored(db, result.client_id).require_pkce is False
    warned = [line for line in logged if line["event"] == "relying_party.legacy_without_pkce"]
    assert [(line["client_id"], line["log_level"]) for line in warned] == [("legacy", "warning")]
