"""A maker's word is verified whole: each lie makes a plain passkey, beside an honest key."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as some
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_cbor

from idp.factors.ceremony import NewCredential, Purpose, challenge_of
from idp.factors.creation import creation_options, verify_creation
from idp.factors.key_models import NO_MODELS, KeyModels, read_models
from idp.factors.passkey_site import PasskeySite
from idp.kit import clock
from idp.kit.errors import ConfigurationError
from tests.support.attesting import MODEL, NAME, Maker, listed, models_of, self_signed
from tests.support.passkeys import BE, UP, UV, SoftKey

SITE = PasskeySite("localhost", "http://localhost:8000")
CHALLENGE = challenge_of(b"s" * 32, Purpose.ENROL)
ALTERED = Maker()
with TemporaryDirectory() as folder:
    ALTERED_MODELS = models_of(Path(folder), ALTERED.entry())


@pytest.fixture(scope="module")
def maker() -> Maker:
    return Maker()


@pytest.fixture(scope="module")
def models(maker: Maker, tmp_path_factory: pytest.TempPathFactory) -> KeyModels:
    return models_of(tmp_path_factory.mktemp("models"), maker.entry())


def asked(*, asks_model: bool) -> str:
    return creation_options(
        SITE,
        challenge=CHALLENGE,
        product="OneDoor",
        handle=b"h" * 32,
        masked_number="••••••••1234",
        name="Nguyễn Thị Hoa",
        existing=(),
        asks_model=asks_model,
    )


def made(key: SoftKey, models: KeyModels, **lies: Any) -> NewCredential | None:
    sent = key.create(asked(asks_model=bool(models)), **lies)
    return verify_creation(SITE, sent, challenge=CHALLENGE, models=models)


def test_a_listed_key_is_attested_and_kept_so(maker: Maker, models: KeyModels) -> None:
    found = made(maker.make(), models)
    assert found is not None
    assert (found.is_attested, found.model) == (True, MODEL)
    assert NewCredential.from_text(found.to_text()) == found


def test_nobody_is_asked_without_a_list_and_what_is_said_unasked_counts_for_nothing(
    maker: Maker, models: KeyModels
) -> None:
    attestations = [json.loads(asked(asks_model=one))["attestation"] for one in (False, True)]
    assert attestations == ["none", "direct"]
    unasked = maker.make().create(asked(asks_model=True))
    for given_models, is_attested in ((NO_MODELS, False), (models, True)):
        found = verify_creation(SITE, unasked, challenge=CHALLENGE, models=given_models)
        assert found is not None
        assert found.is_attested == is_attested


def test_what_is_kept_of_a_plain_passkey_is_read_by_the_release_before() -> None:
    found = made(SoftKey(), NO_MODELS)
    assert found is not None
    assert "attested" not in found.to_text()


def _of_nobody(maker: Maker) -> SoftKey:
    return maker.make(vouch=Maker(aaguid=MODEL).vouch)


def _signed_by_a_leaf(maker: Maker) -> SoftKey:
    """Whoever takes the certificate out of one key signs as an authority with it."""
    below = Maker()
    below.root_key, below.root = (
        maker.model_key,
        maker.sign("Model", maker.model_key.public_key(), said=MODEL),
    )

    def vouch(key: SoftKey, signed: bytes) -> dict[str, Any]:
        said = below.vouch(key, signed)
        return {**said, "x5c": [*said["x5c"], below.root.public_bytes(Encoding.DER)]}

    return maker.make(vouch=vouch)


def _said(maker: Maker, **lies: Any) -> SoftKey:
    return maker.make(vouch=partial(maker.vouch, **lies))


def _altered(maker: Maker, **changed: Any) -> SoftKey:
    def vouch(key: SoftKey, signed: bytes) -> dict[str, Any]:
        return {**maker.vouch(key, signed), **changed}

    return maker.make(vouch=vouch)


LIES: dict[str, Callable[[Maker], SoftKey]] = {
    "another root": _of_nobody,
    "it vouches for itself": lambda maker: maker.make(vouch=self_signed),
    "it can be synced": lambda maker: maker.make(is_synced=True),
    "the certificate is of another model": lambda maker: _said(maker, said=uuid4()),
    "the certificate names no model": lambda maker: _said(maker, said=None),
    "the certificate is over": lambda maker: _said(maker, until=clock.now() - timedelta(days=1)),
    "the certificate is an authority's": lambda maker: _said(maker, is_authority=True),
    "the certificate is for something else": lambda maker: _said(maker, unit="Servers"),
    "the certificate signed another": _signed_by_a_leaf,
    "nobody vouches": lambda maker: maker.make(vouch=None),
    "a model that is not listed": lambda _: Maker(aaguid=uuid4()).make(),
    "a listed one claimed by another": lambda maker: Maker(aaguid=uuid4()).make(
        aaguid=maker.aaguid.bytes
    ),
    "another signature": lambda maker: _altered(maker, sig=b"0" * 70),
    "no certificate": lambda maker: _altered(maker, x5c=[]),
    "no such certificate": lambda maker: _altered(maker, x5c=[b"no", 7]),
    "an algorithm nobody knows": lambda maker: _altered(maker, alg=-4711),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_each_lie_makes_a_passkey_like_any_other(
    maker: Maker, models: KeyModels, lie: Callable[[Maker], SoftKey]
) -> None:
    found = made(lie(maker), models)
    assert found is not None
    assert (found.is_attested, found.model) == (False, None)
    honest = made(maker.make(), models)
    assert honest is not None
    assert honest.is_attested


@pytest.mark.parametrize("lie", [{"flags": UP}, {"flags": UP | UV | 16}, {"challenge": "AAAA"}])
def test_what_makes_no_passkey_makes_no_attested_one(
    maker: Maker, models: KeyModels, lie: dict[str, Any]
) -> None:
    assert made(maker.make(), models, **lie) is None


def test_a_signature_of_other_flags_is_nobodys(maker: Maker, models: KeyModels) -> None:
    """BE is cleared in what was sent, after its maker had signed."""
    key = maker.make()

    def vouch(key: SoftKey, signed: bytes) -> dict[str, Any]:
        return maker.vouch(key, signed[:32] + bytes([signed[32] | BE]) + signed[33:])

    key.vouch = vouch
    found = made(key, models)
    assert found is not None
    assert not found.is_attested


@given(some.integers(1, 700), some.binary(min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_no_altered_statement_is_believed_or_raises(place: int, put: bytes) -> None:
    sent = json.loads(ALTERED.make().create(asked(asks_model=True)))
    whole = base64url_to_bytes(sent["response"]["attestationObject"])
    place %= whole.index(b"authData") - 1
    altered = whole[:place] + put + whole[place + len(put) :]
    sent["response"]["attestationObject"] = bytes_to_base64url(altered)
    found = verify_creation(SITE, json.dumps(sent), challenge=CHALLENGE, models=ALTERED_MODELS)
    assert found is None or not found.is_attested or _statement(altered) == _statement(whole)


def _statement(attestation_object: bytes) -> Any:
    return parse_cbor(attestation_object)["attStmt"]


def test_the_file_is_a_list_of_metadata_statements_with_a_level(
    maker: Maker, tmp_path: Path
) -> None:
    found = models_of(tmp_path, maker.entry(3, protocolFamily="fido2", attachmentHint=["nfc"]))
    model = found[MODEL]
    assert (model.name, model.level) == (NAME, 3)
    assert model.factor.amr == ("hwk", "user")
    assert x509.load_pem_x509_certificate(model.roots[0]) == maker.root
    assert read_models(None) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": 1},
        {"level": 5},
        {"level": "4"},
        {"level": True},
        {"aaguid": "no"},
        {"aaguid": str(UUID(int=0))},
        {"description": " "},
        {"description": None},
        {"attestationRootCertificates": []},
        {"attestationRootCertificates": ["bm8="]},
        {"attestationRootCertificates": "bm8="},
    ],
    ids=str,
)
def test_a_list_that_says_nonsense_does_not_start(
    maker: Maker, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="IDP_PASSKEYS__MODELS_FILE"):
        models_of(tmp_path, maker.entry(**wrong))
    assert models_of(tmp_path, maker.entry())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"entries": 1}', '{"entries": [1]}', "\x00"])
def test_a_file_that_is_none_does_not_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "models.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"models\.json"):
        read_models(file)
    with pytest.raises(ConfigurationError):
        read_models(tmp_path / "none.json")


def test_a_model_stands_there_once(maker: Maker, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="twice"):
        read_models(listed(tmp_path, maker.entry(), maker.entry(2)))
