"""People and relying parties for tests, made by rows."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from idp.accounts.changes import give_factor, replace_factor
from idp.catalogue.models import Agency, InformationSystem, PublicService, Tier
from idp.factors.ceremony import NewCredential
from idp.factors.enrolments import row_values
from idp.factors.kinds import PASSKEY, PASSWORD, TOTP
from idp.factors.models import Authenticator, Passkey
from idp.factors.passkeys import credential_hash, user_handle
from idp.factors.recovery_codes import begin_set, confirm_set
from idp.factors.totp import new_app, new_secret
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.organizations.models import Organization
from idp.people.models import PASSWORD_HASH, Person, Sex
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyService,
    RelyingPartyState,
)
from idp.sessions.evidence import Evidence, shown_at
from idp.sessions.lookup import CurrentSession
from idp.settings.people import AssuranceSettings
from tests.support.passkeys import SoftKey


def add_person(
    db: Session,
    *,
    name: str = "Nguyễn Thị Thử",
    proofing: int = 2,
    at: datetime | None = None,
) -> Person:
    """An active person without identifiers or credentials."""
    now = at or clock.now()
    person = Person(
        name=name,
        birthdate="1990-01-02",
        sex=Sex.FEMALE,
        proofing=proofing,
        created_at=now,
        updated_at=now,
    )
    db.add(person)
    db.flush()
    return person


def add_organization(db: Session, *, tax_code: str = "0100109106", name: str) -> Organization:
    """An active enterprise."""
    organization = Organization(tax_code=tax_code, name=name, created_at=clock.now())
    db.add(organization)
    db.flush()
    return organization


def add_representative(
    db: Session,
    *,
    organization_id: UUID,
    person_id: UUID,
    role: OrganizationRole = OrganizationRole.LEGAL_REPRESENTATIVE,
    service_ids: list[UUID] | None = None,
) -> Mandate:
    """A mandate since 2020, without end."""
    mandate = Mandate(
        organization_id=organization_id,
        person_id=person_id,
        role=role,
        service_ids=service_ids,
        valid_on=date(2020, 1, 1),
        created_at=clock.now(),
    )
    db.add(mandate)
    db.flush()
    return mandate


def add_agency(db: Session, *, code: str = "G99", tier: Tier = Tier.CENTRAL) -> Agency:
    """An agency valid since 2020."""
    agency = Agency(
        code=code,
        tier=tier,
        name_vi="Bộ Thử",
        name_en="Test Ministry",
        valid_on=date(2020, 1, 1),
    )
    db.add(agency)
    db.flush()
    return agency


def add_relying_party(
    db: Session,
    *,
    client_id: str = "test-party",
    agency: Agency | None = None,
    secret_hash: bytes | None = None,
) -> RelyingParty:
    """A live production relying party with one level-4 service that needs LoA1."""
    agency = agency or add_agency(db)
    system = InformationSystem(
        code=f"{agency.code}.{client_id}",
        agency_id=agency.id,
        name_vi="Hệ thống thử",
        name_en="Test system",
    )
    db.add(system)
    db.flush()
    service = PublicService(
        procedure_code=_procedure_code(system.id),
        agency_id=agency.id,
        system_id=system.id,
        name_vi="Dịch vụ thử",
        name_en="Test service",
        level=4,
        level_valid_on=date(2020, 1, 1),
    )
    db.add(service)
    db.flush()
    now = clock.now()
    party = RelyingParty(
        client_id=client_id,
        system_id=system.id,
        default_service_id=service.id,
        environment=Environment.PRODUCTION,
        state=RelyingPartyState.LIVE,
        client_name="Cổng thử",
        client_secret_hash=secret_hash,
        redirect_uris=["https://rp.example/cb"],
        created_at=now,
        updated_at=now,
    )
    db.add(party)
    db.flush()
    db.add(RelyingPartyService(relying_party_id=party.id, service_id=service.id))
    db.flush()
    return party


def _procedure_code(seed: UUID) -> str:
    return f"1.{seed.int % 1_000_000:06d}"


def give_app(
    db: Session, *, keyring: Keyring, person_id: UUID, at: datetime | None = None, secret: str = ""
) -> str:
    """Give a person an authenticator app, and what its codes are made from."""
    at, secret = at or clock.now(), secret or new_secret()
    give_factor(db, new_app(keyring, person_id=person_id, secret=secret, at=at), at=at)
    return secret


def give_passkey(
    db: Session,
    key: SoftKey,
    *,
    keyring: Keyring,
    person_id: UUID,
    at: datetime | None = None,
    is_attested: bool = False,
) -> UUID:
    """Give a person the passkey that an authenticator in software keeps; its way's id."""
    at = at or clock.now()
    key.handle = user_handle(keyring, person_id)
    made = NewCredential(
        id=key.id,
        public_key=key.cose,
        sign_count=key.count,
        is_syncable=key.is_synced,
        is_synced=key.is_synced,
        aaguid=UUID(bytes=key.aaguid),
        transports=("internal",),
        is_attested=is_attested,
    )
    values = row_values(
        keyring, uuid4(), kind=PASSKEY, person_id=person_id, secret=made.to_text(), at=at
    )
    way = Authenticator(
        **{**values, "carries_proofing": 2, "carries_from": at},
        confirmed_at=at,
        passkey=Passkey(
            credential_hash=credential_hash(keyring, key.id),
            rp_id=key.rp_id,
            sign_count=key.count,
        ),
    )
    db.add(way)
    db.flush()
    return way.id


def with_app(db: Session, person_id: UUID, *, at: datetime) -> CurrentSession:
    """A session in which a person has just shown password and app; it has no row."""
    person = db.get_one(Person, person_id)
    return CurrentSession(
        sid=uuid4(),
        person_id=person_id,
        subject_number=person.subject_number,
        name=person.name,
        proofing=person.proofing,
        locale="",
        credentials_epoch=person.credentials_epoch,
        evidence=shown_at(at, PASSWORD, TOTP),
        last_seen_at=at,
    )


def give_codes(
    db: Session, *, keyring: Keyring, person_id: UUID, at: datetime | None = None
) -> tuple[str, ...]:
    """Give a person who has an app recovery codes, as if by themselves; as they are printed."""
    at = at or clock.now()
    session = with_app(db, person_id, at=at)
    shown = begin_set(db, keyring=keyring, session=session, at=at)
    new = confirm_set(db, keyring=keyring, session=session, name=shown.name, at=at)
    assert new is not None
    assert replace_factor(db, new, session=session, settings=AssuranceSettings(), at=at)
    return shown.codes


def equip_staff(
    db: Session, person: Person, *, keyring: Keyring | None = None, at: datetime | None = None
) -> str:
    """Give a person what staff must have before a post; what their app's codes are made from."""
    keyring = keyring or Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
    if person.password_encrypted is None:
        person.password_encrypted = PASSWORD_HASH.seal(keyring, "nobody knows", id=person.id)
    db.flush()
    return give_app(db, keyring=keyring, person_id=person.id, at=at)


def shown(authentication: int, *, at: datetime) -> Evidence:
    """What somebody of that level has shown: a password, and a code after it for level 2."""
    return shown_at(at, *(PASSWORD, TOTP)[:authentication])
