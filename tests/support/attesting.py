"""A maker of hardware keys: its root, a model's certificate, and what it signs of a new key."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from idp.factors.key_models import KeyModels, read_models
from idp.kit import clock
from tests.support.passkeys import SoftKey

MODEL = UUID("7d1351a6-e097-4852-b8bf-c9ac5c9ce4a3")
NAME = "Test Key 5 NFC"
_OF_MODEL = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
_YEAR = timedelta(days=365)


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Maker:
    """One that makes keys of `aaguid`, and signs for them as WebAuthn 8.2 says, or falsely."""

    aaguid: UUID = MODEL
    root_key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key, repr=False)
    model_key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key, repr=False)
    root: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.root = self.sign("Root", self.root_key.public_key(), is_authority=True)

    def sign(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        *,
        is_authority: bool = False,
        unit: str = "Authenticator Attestation",
        said: UUID | None = None,
        until: datetime | None = None,
    ) -> x509.Certificate:
        """A certificate of its root, for a model that it `said` to be; of none, if it did not."""
        now = clock.now()
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        issuer = subject if name == "Root" else self.root.subject
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * _YEAR)
            .not_valid_after(until or now + _YEAR)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if said is not None:
            of_model = x509.UnrecognizedExtension(_OF_MODEL, b"\x04\x10" + said.bytes)
            certificate = certificate.add_extension(of_model, critical=False)
        return certificate.sign(self.root_key, SHA256())

    def vouch(self, _key: SoftKey, signed: bytes, **lies: Any) -> dict[str, Any]:
        """The statement of one of its keys; `lies` are of its certificate (`sign`)."""
        about: dict[str, Any] = {"said": self.aaguid, **lies}
        leaf = self.sign("Model", self.model_key.public_key(), **about)
        signature = self.model_key.sign(signed, ec.ECDSA(SHA256()))
        return {"alg": -7, "sig": signature, "x5c": [leaf.public_bytes(Encoding.DER)]}

    def make(self, **lies: Any) -> SoftKey:
        """A key of the model, which stays where it is."""
        honest = {"is_synced": False, "aaguid": self.aaguid.bytes, "vouch": self.vouch}
        return SoftKey(**{**honest, **lies})

    def entry(self, level: int = 4, **other: Any) -> dict[str, Any]:
        """What the operator's file says of it."""
        root = b64encode(self.root.public_bytes(Encoding.DER)).decode()
        said = {"aaguid": str(self.aaguid), "description": NAME, "level": level}
        return {**said, "attestationRootCertificates": [root], **other}


def self_signed(key: SoftKey, signed: bytes) -> dict[str, Any]:
    """What a key says of itself, with nobody who vouches for it."""
    return {"alg": -7, "sig": key.key.sign(signed, ec.ECDSA(SHA256()))}


def listed(folder: Path, *entries: dict[str, Any]) -> Path:
    """The operator's file."""
    file = folder / "models.json"
    file.write_text(json.dumps({"entries": entries}), encoding="utf-8")
    return file


def models_of(folder: Path, *entries: dict[str, Any]) -> KeyModels:
    """The models of such a file."""
    return read_models(listed(folder, *entries))
