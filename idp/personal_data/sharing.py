"""The parts of one's data: what they share, and for whom they act."""

from sqlalchemy import ColumnElement, and_, or_, select

from idp.consents.models import Agreement, Consent
from idp.kit.messages import N_
from idp.mandates.models import Mandate
from idp.mandates.roles import OrganizationRole
from idp.personal_data.section import INTERNAL, OTHERS, SECRET, Column, Names, Owner, Section
from idp.testers.models import Tester
from idp.tokens.models import Grant

_PARTY = Column("relying_party_id", N_("Service"), key="service", names=Names.PARTY)


def _held_by(owner: Owner) -> ColumnElement[bool]:
    """Since the account is theirs; and what the business register says of them, whenever."""
    of_person = Mandate.person_id == owner.person_id
    if owner.since is None:
        return of_person
    in_register = Mandate.role == OrganizationRole.LEGAL_REPRESENTATIVE
    return and_(of_person, or_(Mandate.created_at >= owner.since, in_register))


SHARING: tuple[Section, ...] = (
    Section(
        key="consents",
        title=N_("What you agreed to share, and with whom"),
        model=Consent,
        owned=lambda owner: Consent.person_id == owner.person_id,
        order="granted_at",
        shown=(
            _PARTY,
            *(Column("scopes"), Column("claims"), Column("resources"), Column("purpose_key")),
            Column("granted_at", N_("Agreed")),
            Column("withdrawn_at", N_("Withdrawn")),
        ),
        withheld={INTERNAL: ("id", "person_id", "mandate_id")},
    ),
    Section(
        key="agreements",
        title=N_("Each time you agreed"),
        model=Agreement,
        owned=lambda owner: Agreement.consent_id.in_(
            select(Consent.id).where(Consent.person_id == owner.person_id)
        ),
        order="agreed_at",
        shown=(
            *(Column("scopes"), Column("claims"), Column("resources"), Column("evidence")),
            Column("agreed_at", N_("Agreed")),
        ),
        withheld={INTERNAL: ("id", "consent_id")},
    ),
    Section(
        key="access_given",
        title=N_("Access that services have now"),
        model=Grant,
        owned=lambda owner: Grant.person_id == owner.person_id,
        order="created_at",
        shown=(
            _PARTY,
            Column("service_id", N_("Public service"), key="public_service", names=Names.SERVICE),
            *(Column("scope"), Column("claims"), Column("resources"), Column("acr")),
            *(Column("amr"), Column("authenticated_at"), Column("is_offline")),
            *(Column("created_at", N_("Given")), Column("expires_at", N_("Until"))),
            Column("revoked_at", N_("Ended")),
        ),
        withheld={
            INTERNAL: (
                *("id", "sign_in_id", "person_id", "credentials_epoch", "sid", "mandate_id"),
            )
        },
    ),
    Section(
        key="mandates",
        title=N_("For whom you may act, and posts"),
        model=Mandate,
        owned=_held_by,
        order="created_at",
        is_theirs_always=True,
        shown=(
            Column("role", N_("As")),
            Column("agency_id", N_("Agency"), key="agency", names=Names.AGENCY),
            Column(
                "organization_id", N_("Organization"), key="organization", names=Names.ORGANIZATION
            ),
            Column("service_ids", key="public_services", names=Names.SERVICE),
            *(Column("valid_on", N_("Valid since")), Column("ended_on", N_("Until"))),
            *(Column("created_at"), Column("waits_since"), Column("waits_because")),
        ),
        withheld={
            INTERNAL: ("id", "person_id", "granted_by_id"),
            OTHERS: ("evidence", "asked_by_number", "asked_from", "agreed_by_numbers"),
        },
    ),
    Section(
        key="trials",
        title=N_("Test applications you may try"),
        model=Tester,
        owned=lambda owner: Tester.number_hash.in_(owner.number_hashes),
        order="created_at",
        is_theirs_always=True,
        shown=(_PARTY, Column("created_at", N_("Valid since"))),
        withheld={INTERNAL: ("id", "number_encrypted"), SECRET: ("number_hash",)},
    ),
)
