"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's transaction id."""

    def get_col_spec(self, **_: object) -> str:
        """The name in DDL."""
        return "xid8"


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "adoption_bitmap",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bitmap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day_on", "subject_kind", "name", name=op.f("pk_adoption_bitmap")),
    )
    op.create_table(
        "adoption_day",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day_on", name=op.f("pk_adoption_day")),
    )
    op.create_table(
        "adoption_figure",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("window_name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day_on", "subject_kind", "figure", "window_name", name=op.f("pk_adoption_figure")
        ),
    )
    op.create_table(
        "adoption_service_use",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("last_success_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_adoption_service_use")),
    )
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "tier",
            sa.Enum(
                "central",
                "province",
                "district",
                "commune",
                name="tier",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["agency.id"], name=op.f("fk_agency_parent_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_index(
        "uq_agency_code_current",
        "agency",
        ["code"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "denominator",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "counted_on", name=op.f("pk_denominator")),
    )
    op.create_table(
        "error_report",
        sa.Column("error_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("error_id", name=op.f("pk_error_report")),
    )
    op.create_index(op.f("ix_error_report_at"), "error_report", ["at"], unique=False)
    op.create_table(
        "failure_counter",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("code_failures", sa.BigInteger(), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_failure_counter")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "xact_id", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "success",
                "refused",
                "abandoned",
                name="outcome",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("acr", sa.Text(), nullable=True),
        sa.Column("subject_number", sa.BigInteger(), nullable=True),
        sa.Column("organization_number", sa.BigInteger(), nullable=True),
        sa.Column("relying_party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("error_id", sa.Text(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(
        "ix_journal_entry_at", "journal_entry", ["at"], unique=False, postgresql_using="brin"
    )
    op.create_index(
        "ix_journal_entry_error_id",
        "journal_entry",
        ["error_id"],
        unique=False,
        postgresql_where=sa.text("error_id IS NOT NULL"),
    )
    op.create_index(
        "ix_journal_entry_subject_number_at",
        "journal_entry",
        ["subject_number", "at"],
        unique=False,
    )
    op.create_index("ix_journal_entry_xact_id_id", "journal_entry", ["xact_id", "id"], unique=False)
    op.create_index(
        "uq_journal_entry_sign_in_outcome",
        "journal_entry",
        ["sign_in_id"],
        unique=True,
        postgresql_where=sa.text("outcome IS NOT NULL"),
    )
    op.create_table(
        "journal_seal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_xact_id", Xid8(), nullable=False),
        sa.Column("until_xact_id", Xid8(), nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_seal")),
    )
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "enterprise",
                "cooperative",
                "household",
                "agency",
                name="organizationkind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "dissolved",
                name="organizationstatus",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("place_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
        sa.UniqueConstraint(
            "organization_number", name=op.f("uq_organization_organization_number")
        ),
        sa.UniqueConstraint("tax_code", name=op.f("uq_organization_tax_code")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "suspended",
                "closed",
                "deceased",
                "merged",
                name="personstatus",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("proofing", sa.SmallInteger(), nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birthdate", sa.Text(), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "female", "male", "other", name="sex", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("nationality", sa.Text(), nullable=False),
        sa.Column("residence_code", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("claims", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("proofing BETWEEN 0 AND 2", name=op.f("ck_person_proofing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("subject_number", name=op.f("uq_person_subject_number")),
    )
    op.create_table(
        "place",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "valid_on", name=op.f("pk_place")),
    )
    op.create_table(
        "place_succession",
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("old_valid_on", sa.Date(), nullable=False),
        sa.Column("new_code", sa.Text(), nullable=False),
        sa.Column("new_valid_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("old_code", "old_valid_on", name=op.f("pk_place_succession")),
    )
    op.create_table(
        "population_record",
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birthdate", sa.Text(), nullable=False),
        sa.Column(
            "sex",
            sa.Enum(
                "female", "male", "other", name="sex", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("residence_code", sa.Text(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number_hash", name=op.f("pk_population_record")),
    )
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("alg", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "published",
                "signing",
                "retired",
                name="keystate",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("public_jwk", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("private_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
    op.create_table(
        "information_system",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("needs_sign_in", sa.Boolean(), nullable=False),
        sa.Column(
            "login_state",
            sa.Enum(
                "none",
                "pilot",
                "beside",
                "exclusive",
                name="loginstate",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_information_system_agency_id_agency")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_system")),
        sa.UniqueConstraint("code", name=op.f("uq_information_system_code")),
    )
    op.create_index(
        op.f("ix_information_system_agency_id"), "information_system", ["agency_id"], unique=False
    )
    op.create_table(
        "person_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "email", "phone", name="contactkind", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("value_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_contact_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_contact")),
    )
    op.create_index(
        op.f("ix_person_contact_person_id"), "person_contact", ["person_id"], unique=False
    )
    op.create_table(
        "person_identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_identifier_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_identifier")),
    )
    op.create_index(
        op.f("ix_person_identifier_person_id"), "person_identifier", ["person_id"], unique=False
    )
    op.create_index(
        "uq_person_identifier_current",
        "person_identifier",
        ["kind", "value_hash"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "representation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_representation_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_representation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
    )
    op.create_index(
        op.f("ix_representation_organization_id"),
        "representation",
        ["organization_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_representation_person_id"), "representation", ["person_id"], unique=False
    )
    op.create_table(
        "sign_in_session",
        sa.Column("sid", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger(), nullable=False),
        sa.Column("authentication", sa.SmallInteger(), nullable=False),
        sa.Column("amr", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_sign_in_session_person_id_person")
        ),
        sa.PrimaryKeyConstraint("sid", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_session_token_hash")),
    )
    op.create_index(
        op.f("ix_sign_in_session_expires_at"), "sign_in_session", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_sign_in_session_person_id"), "sign_in_session", ["person_id"], unique=False
    )
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "agency_owner",
                "agency_developer",
                name="role",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_staff_member_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_staff_member_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_member")),
    )
    op.create_index(op.f("ix_staff_member_agency_id"), "staff_member", ["agency_id"], unique=False)
    op.create_index(op.f("ix_staff_member_person_id"), "staff_member", ["person_id"], unique=False)
    op.create_table(
        "totp_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_totp_factor_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp_factor")),
    )
    op.create_index(op.f("ix_totp_factor_person_id"), "totp_factor", ["person_id"], unique=False)
    op.create_index(
        "uq_totp_factor_current",
        "totp_factor",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
    )
    op.create_table(
        "public_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("procedure_code", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=True),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("level_scheme", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("level_valid_on", sa.Date(), nullable=False),
        sa.Column("required_acr", sa.Text(), nullable=False),
        sa.Column("declared_login", sa.Boolean(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_public_service_agency_id_agency")
        ),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["information_system.id"],
            name=op.f("fk_public_service_system_id_information_system"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_service")),
        sa.UniqueConstraint("procedure_code", name=op.f("uq_public_service_procedure_code")),
    )
    op.create_index(
        op.f("ix_public_service_agency_id"), "public_service", ["agency_id"], unique=False
    )
    op.create_index(
        op.f("ix_public_service_system_id"), "public_service", ["system_id"], unique=False
    )
    op.create_table(
        "relying_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("default_service_id", sa.Uuid(), nullable=True),
        sa.Column(
            "environment",
            sa.Enum(
                "sandbox",
                "production",
                name="environment",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "changes_requested",
                "approved",
                "live",
                "suspended",
                "retired",
                name="relyingpartystate",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("require_pkce", sa.Boolean(), nullable=False),
        sa.Column("client_name", sa.Text(), nullable=False),
        sa.Column("client_name_en", sa.Text(), nullable=False),
        sa.Column("client_uri", sa.Text(), nullable=False),
        sa.Column("application_type", sa.Text(), nullable=False),
        sa.Column("redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("post_logout_redirect_uris", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("grant_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("response_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("token_endpoint_auth_method", sa.Text(), nullable=False),
        sa.Column("id_token_signed_response_alg", sa.Text(), nullable=False),
        sa.Column("contacts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("client_secret_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sandbox_id", sa.Uuid(), nullable=True),
        sa.Column(
            "proposed", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("review_note", sa.Text(), nullable=False),
        sa.Column("created_by_person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["default_service_id"],
            ["public_service.id"],
            name=op.f("fk_relying_party_default_service_id_public_service"),
        ),
        sa.ForeignKeyConstraint(
            ["sandbox_id"],
            ["relying_party.id"],
            name=op.f("fk_relying_party_sandbox_id_relying_party"),
        ),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["information_system.id"],
            name=op.f("fk_relying_party_system_id_information_system"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relying_party")),
        sa.UniqueConstraint("client_id", name=op.f("uq_relying_party_client_id")),
        sa.UniqueConstraint("sandbox_id", name=op.f("uq_relying_party_sandbox_id")),
    )
    op.create_index(
        op.f("ix_relying_party_system_id"), "relying_party", ["system_id"], unique=False
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("claims", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name=op.f("fk_consent_relying_party_id_relying_party"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(
        "uq_consent_current",
        "consent",
        ["person_id", "relying_party_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "interaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("return_path", sa.Text(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("needed_acr", sa.Text(), nullable=False),
        sa.Column("needed_authentication", sa.SmallInteger(), nullable=False),
        sa.Column("authenticate_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("form_action_origin", sa.Text(), nullable=False),
        sa.Column("login_hint_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("identifier_hash", sa.LargeBinary(), nullable=True),
        sa.Column("sid", sa.Uuid(), nullable=True),
        sa.Column("representation_chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("asked_scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("asked_claims", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("consent_decision", sa.Text(), nullable=True),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name=op.f("fk_interaction_relying_party_id_relying_party"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["public_service.id"],
            name=op.f("fk_interaction_service_id_public_service"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index(op.f("ix_interaction_expires_at"), "interaction", ["expires_at"], unique=False)
    op.create_table(
        "relying_party_service",
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name=op.f("fk_relying_party_service_relying_party_id_relying_party"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["public_service.id"],
            name=op.f("fk_relying_party_service_service_id_public_service"),
        ),
        sa.PrimaryKeyConstraint(
            "relying_party_id", "service_id", name=op.f("pk_relying_party_service")
        ),
    )
    op.create_index(
        op.f("ix_relying_party_service_service_id"),
        "relying_party_service",
        ["service_id"],
        unique=False,
    )
    op.create_table(
        "token_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger(), nullable=False),
        sa.Column("sid", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("claims", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("amr", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_token_grant_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_token_grant_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name=op.f("fk_token_grant_relying_party_id_relying_party"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["public_service.id"],
            name=op.f("fk_token_grant_service_id_public_service"),
        ),
        sa.ForeignKeyConstraint(
            ["sid"], ["sign_in_session.sid"], name=op.f("fk_token_grant_sid_sign_in_session")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_grant")),
    )
    op.create_index(op.f("ix_token_grant_expires_at"), "token_grant", ["expires_at"], unique=False)
    op.create_index(op.f("ix_token_grant_person_id"), "token_grant", ["person_id"], unique=False)
    op.create_index(op.f("ix_token_grant_sid"), "token_grant", ["sid"], unique=False)
    op.create_table(
        "authorization_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("code_challenge", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["token_grant.id"],
            name=op.f("fk_authorization_code_grant_id_token_grant"),
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_authorization_code")),
    )
    op.create_index(
        op.f("ix_authorization_code_expires_at"), "authorization_code", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_authorization_code_grant_id"), "authorization_code", ["grant_id"], unique=False
    )
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["token_grant.id"], name=op.f("fk_refresh_token_grant_id_token_grant")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_token")),
    )
    op.create_index(
        op.f("ix_refresh_token_expires_at"), "refresh_token", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_refresh_token_grant_id"), "refresh_token", ["grant_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f("ix_refresh_token_grant_id"), table_name="refresh_token")
    op.drop_index(op.f("ix_refresh_token_expires_at"), table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(op.f("ix_authorization_code_grant_id"), table_name="authorization_code")
    op.drop_index(op.f("ix_authorization_code_expires_at"), table_name="authorization_code")
    op.drop_table("authorization_code")
    op.drop_index(op.f("ix_token_grant_sid"), table_name="token_grant")
    op.drop_index(op.f("ix_token_grant_person_id"), table_name="token_grant")
    op.drop_index(op.f("ix_token_grant_expires_at"), table_name="token_grant")
    op.drop_table("token_grant")
    op.drop_index(op.f("ix_relying_party_service_service_id"), table_name="relying_party_service")
    op.drop_table("relying_party_service")
    op.drop_index(op.f("ix_interaction_expires_at"), table_name="interaction")
    op.drop_table("interaction")
    op.drop_index(
        "uq_consent_current", table_name="consent", postgresql_where=sa.text("withdrawn_at IS NULL")
    )
    op.drop_table("consent")
    op.drop_index(op.f("ix_relying_party_system_id"), table_name="relying_party")
    op.drop_table("relying_party")
    op.drop_index(op.f("ix_public_service_system_id"), table_name="public_service")
    op.drop_index(op.f("ix_public_service_agency_id"), table_name="public_service")
    op.drop_table("public_service")
    op.drop_index(
        "uq_totp_factor_current",
        table_name="totp_factor",
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
    )
    op.drop_index(op.f("ix_totp_factor_person_id"), table_name="totp_factor")
    op.drop_table("totp_factor")
    op.drop_index(op.f("ix_staff_member_person_id"), table_name="staff_member")
    op.drop_index(op.f("ix_staff_member_agency_id"), table_name="staff_member")
    op.drop_table("staff_member")
    op.drop_index(op.f("ix_sign_in_session_person_id"), table_name="sign_in_session")
    op.drop_index(op.f("ix_sign_in_session_expires_at"), table_name="sign_in_session")
    op.drop_table("sign_in_session")
    op.drop_index(op.f("ix_representation_person_id"), table_name="representation")
    op.drop_index(op.f("ix_representation_organization_id"), table_name="representation")
    op.drop_table("representation")
    op.drop_index(
        "uq_person_identifier_current",
        table_name="person_identifier",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_person_identifier_person_id"), table_name="person_identifier")
    op.drop_table("person_identifier")
    op.drop_index(op.f("ix_person_contact_person_id"), table_name="person_contact")
    op.drop_table("person_contact")
    op.drop_index(op.f("ix_information_system_agency_id"), table_name="information_system")
    op.drop_table("information_system")
    op.drop_table("signing_key")
    op.drop_table("population_record")
    op.drop_table("place_succession")
    op.drop_table("place")
    op.drop_table("person")
    op.drop_table("organization")
    op.drop_table("journal_seal")
    op.drop_index(
        "uq_journal_entry_sign_in_outcome",
        table_name="journal_entry",
        postgresql_where=sa.text("outcome IS NOT NULL"),
    )
    op.drop_index("ix_journal_entry_xact_id_id", table_name="journal_entry")
    op.drop_index("ix_journal_entry_subject_number_at", table_name="journal_entry")
    op.drop_index(
        "ix_journal_entry_error_id",
        table_name="journal_entry",
        postgresql_where=sa.text("error_id IS NOT NULL"),
    )
    op.drop_index("ix_journal_entry_at", table_name="journal_entry", postgresql_using="brin")
    op.drop_table("journal_entry")
    op.drop_table("failure_counter")
    op.drop_index(op.f("ix_error_report_at"), table_name="error_report")
    op.drop_table("error_report")
    op.drop_table("denominator")
    op.drop_index(
        "uq_agency_code_current", table_name="agency", postgresql_where=sa.text("ended_on IS NULL")
    )
    op.drop_table("agency")
    op.drop_table("adoption_service_use")
    op.drop_table("adoption_figure")
    op.drop_table("adoption_day")
    op.drop_table("adoption_bitmap")
