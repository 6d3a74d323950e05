"""The models of hardware keys that the operator lets count higher, as a file says.

An entry is a metadata statement of the FIDO Alliance's, of which `aaguid`, `description` and
`attestationRootCertificates` are read, with `level` added: what a key of that model reaches alone.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from idp.assurance.evidence import Factor
from idp.factors.kinds import PASSKEY, hardware_key
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.kit.strict_json import parse_object

_LEVELS = range(PASSKEY.alone, 5)
_MOST_BYTES = 4_000_000
_LONGEST_NAME = 120


@immutable
class KeyModel:
    """A model: its name as its maker gives it, what a key of it counts as, and who vouches.

    `roots` are certificates in PEM; the last of them ends at `ends_at`.
    """

    aaguid: UUID
    name: str
    factor: Factor
    roots: tuple[bytes, ...]
    ends_at: datetime

    @property
    def level(self) -> int:
        """The level of authentication that it reaches alone."""
        return self.factor.alone


KeyModels = Mapping[UUID, KeyModel]
"""By their AAGUID; none: no key counts for more than a passkey, and none is asked what it is."""
NO_MODELS: KeyModels = MappingProxyType({})


def read_models(file: Path | None) -> KeyModels:
    """The models of that file, none without one.

    Raises ConfigurationError for one that cannot be read, or an entry that says too little: a list
    that is half understood would have keys count for less than their owners were told.
    """
    if file is None:
        return NO_MODELS
    try:
        text = file.read_text(encoding="utf-8")
        if len(text) > _MOST_BYTES:
            raise ValueError("it is too long")
        entries = parse_object(text)["entries"]
        models = [_model(entry) for entry in entries]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ConfigurationError(
            f"IDP_PASSKEYS__MODELS_FILE, {file}, is no list of key models ({reason}). Each of its "
            '"entries" has an "aaguid", a "description", "attestationRootCertificates" (base64) '
            'and a "level" from 2 to 4.'
        ) from error
    by_aaguid = {model.aaguid: model for model in models}
    if len(by_aaguid) < len(models):
        raise ConfigurationError(f"IDP_PASSKEYS__MODELS_FILE, {file}, names a model twice.")
    return MappingProxyType(by_aaguid)


def strongest_model(models: KeyModels) -> int:
    """The highest level that a key of any of them reaches; 0 for none."""
    return max((model.level for model in models.values()), default=0)


def name_models(models: KeyModels, *, least: int) -> tuple[str, ...]:
    """The names of those of which a key reaches that level alone, in their order."""
    return tuple(sorted(model.name for model in models.values() if model.level >= least))


def _model(entry: Any) -> KeyModel:
    level, name = entry["level"], " ".join(entry["description"].split())
    certificates = [
        x509.load_der_x509_certificate(b64decode(one, validate=True))
        for one in entry["attestationRootCertificates"]
    ]
    if type(level) is not int or level not in _LEVELS:
        raise ValueError(f'the "level" of {name} is none from 2 to 4')
    aaguid = UUID(entry["aaguid"])
    if not 0 < len(name) <= _LONGEST_NAME or not certificates or not aaguid.int:
        raise ValueError(f"{aaguid} has no name, no root certificate, or is nobody's")
    return KeyModel(
        aaguid=aaguid,
        name=name,
        factor=hardware_key(level),
        roots=tuple(one.public_bytes(Encoding.PEM) for one in certificates),
        ends_at=max(one.not_valid_after_utc for one in certificates),
    )
