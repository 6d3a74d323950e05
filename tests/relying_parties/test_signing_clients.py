"""Clients that sign instead of keeping a secret: what registering one needs, and what it gets."""

from dataclasses import replace

from joserfc.jwk import ECKey
from sqlalchemy.orm import Session

from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.register import change_metadata, register_party
from idp.relying_parties.secrets import rotate_secret
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, Register

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
JWKS = {"keys": [ECKey.generate_key("P-256").as_dict(private=False)]}
SIGNER = ClientMetadata(
    client_name="Kho dữ liệu",
    redirect_uris=("https://rp.example/cb",),
    token_endpoint_auth_method="private_key_jwt",
    jwks=JWKS,
)


def fields(metadata: ClientMetadata) -> list[str]:
    return [fault.field for fault in find_faults(metadata, issuer=ISSUER)]


def test_a_client_that_signs_brings_its_keys_and_an_offered_algorithm() -> None:
    assert fields(SIGNER) == []
    assert fields(replace(SIGNER, jwks=None, jwks_uri="https://rp.example/keys")) == []
    assert fields(replace(SIGNER, jwks=None)) == ["token_endpoint_auth_method"]
    assert fields(replace(SIGNER, token_endpoint_auth_method="client_secret_jwt")) == [
        "token_endpoint_auth_method"
    ]
    for alg in ("HS256", "none"):
        assert fields(replace(SIGNER, token_endpoint_auth_signing_alg=alg)) == [
            "token_endpoint_auth_signing_alg"
        ]


def test_it_never_has_a_secret_until_it_uses_one(db: Session, register: Register) -> None:
    made = register_party(
        db,
        system_id=register.system_id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=SIGNER,
        at=NOW,
    )
    assert (made.client_secret, made.party.client_secret_hash) == (None, None)
    assert rotate_secret(db, relying_party_id=made.party.id, at=NOW) is None
    by_secret = replace(SIGNER, token_endpoint_auth_method="client_secret_post")
    assert change_metadata(db, party=made.party, metadata=by_secret, at=NOW)
    assert change_metadata(db, party=made.party, metadata=SIGNER, at=NOW) is None
    assert made.party.client_secret_hash is None
