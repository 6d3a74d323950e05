"""The sample relying parties of `clients/`: registering them, and keeping their secrets."""

import json
import re
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from idp.demo.environment import write_private
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.lookup import find_party
from idp.relying_parties.secrets import check_secret, rotate_secret
from idp.settings.server import IssuerSettings

_CHECKOUT = Path(__file__).parents[2]
_PROGRAMS = {
    "ministry-service": "ministry-service/app.py",
    "province-portal": "province-portal/app.py",
    "building-permits": "document-exchange/app.py",
    "residence-documents": "document-exchange/documents.py",
    "kiosk": "kiosk/app.py",
}
"""By client_id, in the order of their ports."""
_FIRST_PORT = 8001
"""Of the declarations: there each sample has its own of consecutive ports."""
_ADDRESS = re.compile(r"http://localhost:(\d+)")


@immutable
class Sample:
    """A sample that can be started: its program, its credentials, and where it will be."""

    name: str
    app: Path
    credentials_file: Path
    port: int

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return f"http://localhost:{self.port}"


def find_samples(data_dir: Path, *, first_port: int) -> list[Sample]:
    """The samples of the checkout, on consecutive ports. Raises ConfigurationError without one."""
    for root in (_CHECKOUT, Path.cwd()):
        folder = root / "clients"
        if all((folder / path).is_file() for path in _PROGRAMS.values()):
            return [
                Sample(
                    name=name,
                    app=folder / path,
                    credentials_file=data_dir / "clients" / f"{name}.json",
                    port=first_port + offset,
                )
                for offset, (name, path) in enumerate(_PROGRAMS.items())
            ]
    raise ConfigurationError(
        "The folder 'clients' is missing beside the package; run from a checkout of the source."
    )


def register_sample(db: Session, sample: Sample, *, issuer: IssuerSettings, at: datetime) -> None:
    """Apply the sample's own declaration; its credentials file then holds a secret that works."""
    text = (sample.app.parent / "relying_party.toml").read_text("utf-8")
    moved = sample.port - _FIRST_PORT - list(_PROGRAMS).index(sample.name)
    text = _ADDRESS.sub(lambda match: f"http://localhost:{int(match[1]) + moved}", text)
    declared = read_declarations(text)
    for applied in apply_declarations(db, declared, issuer=issuer, at=at, may_front=True):
        if applied.client_id != sample.name:
            continue
        party = find_party(db, client_id=applied.client_id)
        if party is None or _works(sample, party.party.client_secret_hash):
            continue
        secret = applied.client_secret or rotate_secret(db, relying_party_id=party.party.id, at=at)
        write_private(
            sample.credentials_file, {"client_id": applied.client_id, "client_secret": secret}
        )


def _works(sample: Sample, stored_hash: bytes | None) -> bool:
    try:
        kept = json.loads(sample.credentials_file.read_text())
    except (OSError, ValueError):
        return False
    return check_secret(str(kept.get("client_secret", "")), stored_hash=stored_hash)
