"""The smallest country the flows need: one service's relying parties, people who may sign in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from joserfc.jwk import ECKey
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from idp.accounts.registration import Registered, register_person
from idp.catalogue.add import add_agencies, add_services, add_systems
from idp.catalogue.models import Agency, InformationSystem, PublicService, Tier
from idp.consents.changes import grant_consent
from idp.factors import kinds
from idp.factors.password import hash_password
from idp.kit import clock
from idp.kit.db import transaction
from idp.people.declaration import declare
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.declarations import declaration_of
from idp.relying_parties.party import load_live_party
from idp.relying_parties.scopes import SERVICE_PREFIX, released_claims
from idp.sessions.evidence import shown_at
from idp.sessions.start import start_session
from idp.settings import Settings
from tests.support.passkeys import SoftKey
from tests.support.people import give_passkey

CLIENT_ID = "bench"
FAPI_CLIENT_ID = "bench-fapi"
REDIRECT_URI = "https://rp.example/cb"
PASSWORD = "bến xuân mưa phùn giăng"
SCOPES = ("openid", "profile", "offline_access")
MACHINE_SCOPE = "records:read"
_COMMON = {
    "client_name": "Benchmark",
    "purpose_vi": "đo tốc độ",
    "purpose_en": "measuring speed",
    "policy_uri": "https://rp.bench.example/privacy",
    "system": "BENCH",
    "service": "1.000001",
    "environment": "production",
    "redirect_uris": [REDIRECT_URI],
    "id_token_signed_response_alg": "ES256",
}
_PARTY = {
    "client_id": CLIENT_ID,
    "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
    "scope": f"{' '.join(SCOPES)} {MACHINE_SCOPE}",
}
_FAPI_PARTY = {
    "client_id": FAPI_CLIENT_ID,
    "profile": "fapi2-security",
    "token_endpoint_auth_method": "private_key_jwt",
    "scope": " ".join(SCOPES),
    "grant_types": ["authorization_code", "refresh_token"],
}


@dataclass(frozen=True)
class Citizen:
    """Someone with a password, a live session, and a consent to both relying parties."""

    number: str
    session_token: str = field(repr=False)
    key: SoftKey | None = None
    """Their passkey, if they have one."""


@dataclass(frozen=True)
class Country:
    """What was seeded."""

    client_secret: str = field(repr=False)
    client_key: ECKey = field(repr=False)
    """The FAPI client's; its proofs are made with it, too."""
    citizens: Sequence[Citizen]
    holders: Sequence[Citizen]
    """Who has a passkey besides."""


def found_country(engine: Engine, *, settings: Settings, people: int, holders: int) -> Country:
    """Write it into an empty database, through the rooms' own functions."""
    with transaction(engine) as db:
        key = ECKey.generate_key("P-256")
        secret, purposes = _add_parties(db, settings, key, clock.now())
        password_hash = hash_password(settings.passwords, PASSWORD)
        citizens = [
            _add_citizen(
                db,
                settings=settings,
                purposes=purposes,
                number=f"001190{n:06d}",
                password_hash=password_hash,
                key=_new_key(settings) if n > people else None,
            )
            for n in range(1, people + holders + 1)
        ]
    return Country(secret, key, citizens[:people], citizens[people:])


def _new_key(settings: Settings) -> SoftKey:
    issuer = settings.issuer
    return SoftKey(origin=issuer.url, rp_id=issuer.host, is_synced=False, counts=True)


def _add_parties(
    db: Session, settings: Settings, key: ECKey, at: datetime
) -> tuple[str, Mapping[UUID, str]]:
    """The secret of the first, and what each asks for: its purpose by its id."""
    vi, en, valid_on = "Đo tốc độ", "Benchmark", date(2020, 1, 1)
    agency = Agency(code="G01", tier=Tier.CENTRAL, valid_on=valid_on, name_vi=vi, name_en=en)
    owner = add_agencies(db, [agency])["G01"]
    system = InformationSystem(code="BENCH", agency_id=owner, name_vi=vi, name_en=en)
    service = PublicService(
        procedure_code="1.000001",
        agency_id=owner,
        system_id=add_systems(db, [system])["BENCH"],
        level=4,
        level_valid_on=valid_on,
        name_vi=vi,
        name_en=en,
    )
    add_services(db, [service])
    jwks = {"keys": [key.as_dict(private=False)]}
    declarations = [
        declaration_of({**_COMMON, **table}, where="bench")
        for table in (_PARTY, {**_FAPI_PARTY, "jwks": jwks})
    ]
    applied = apply_declarations(db, declarations, issuer=settings.issuer, at=at)
    secret = applied[0].client_secret
    assert secret
    parties = (load_live_party(db.connection(), client_id=a.client_id or "") for a in applied)
    return secret, {party.id: party.purpose_key for party in parties if party}


def _add_citizen(
    db: Session,
    *,
    settings: Settings,
    purposes: Mapping[UUID, str],
    number: str,
    password_hash: str,
    key: SoftKey | None,
) -> Citizen:
    at = clock.now()
    person = register_person(
        db,
        keyring=settings.secrets.keyring(),
        declaration=declare(
            number=number, name="Trần Thị Mai", birthdate="1990-05-06", sex="female", at=at
        ),
        password_hash=password_hash,
        at=at,
        proofing=1,
    )
    assert isinstance(person, Registered)
    if key is not None:
        give_passkey(db, key, keyring=settings.secrets.keyring(), person_id=person.person_id, at=at)
    for party_id, purpose_key in purposes.items():
        grant_consent(
            db,
            person_id=person.person_id,
            relying_party_id=party_id,
            scopes=(*SCOPES, f"{SERVICE_PREFIX}{_COMMON['service']}"),
            claims=released_claims(SCOPES),
            evidence={"language": "vi"},
            purpose_key=purpose_key,
        )
    session = start_session(
        db,
        keyring=settings.secrets.keyring(),
        settings=settings.sessions,
        person_id=person.person_id,
        credentials_epoch=person.credentials_epoch,
        evidence=shown_at(at, kinds.PASSWORD),
        at=at,
        source_address="127.0.0.1",
        user_agent="bench",
    )
    return Citizen(number, session.token, key)
