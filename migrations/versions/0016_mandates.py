"""Staff and representations become mandates, and a grant names the one it was made under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AGENCY_ROLES = ("agency_owner", "agency_developer")
ORGANIZATION_ROLES = ("legal_representative", "delegate")
ROLES = ("operator", *AGENCY_ROLES, *ORGANIZATION_ROLES)


def upgrade() -> None:
    """Make the table, move posts and representations into it, link grants and choices under way."""
    _create_mandate()
    op.execute("GRANT SELECT, INSERT, UPDATE ON mandate TO idp_app")
    op.execute(
        """
        INSERT INTO mandate
            (id, person_id, role, agency_id, valid_on, ended_on, evidence, created_at)
        SELECT id, person_id, role, agency_id, valid_on, ended_on, '{}',
               valid_on::timestamp AT TIME ZONE 'UTC'
        FROM staff_member
        """
    )
    op.execute(
        """
        INSERT INTO mandate
            (id, person_id, role, organization_id, valid_on, ended_on, evidence, created_at)
        SELECT id, person_id,
               CASE role WHEN 'legal_representative' THEN role ELSE 'delegate' END,
               organization_id, valid_on, ended_on, '{}', created_at
        FROM representation
        """
    )
    op.add_column("token_grant", sa.Column("mandate_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_token_grant_mandate_id_mandate", "token_grant", "mandate", ["mandate_id"], ["id"]
    )
    op.add_column("interaction", sa.Column("mandate_id", sa.Uuid(), nullable=True))
    for table in ("token_grant", "interaction"):
        _link(table)
    _end_what_names_no_mandate()
    op.drop_column("token_grant", "organization_id")
    op.drop_column("interaction", "organization_id")
    op.drop_table("representation")
    op.drop_table("staff_member")


def downgrade() -> None:
    """Bring both tables back. A mandate for some services ends: the old rows were for all."""
    _create_staff_member()
    _create_representation()
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON staff_member, representation TO idp_app")
    op.execute(
        """
        INSERT INTO staff_member (id, person_id, role, agency_id, valid_on, ended_on)
        SELECT id, person_id, role, agency_id, valid_on, ended_on
        FROM mandate WHERE organization_id IS NULL
        """
    )
    op.execute(
        """
        INSERT INTO representation
            (id, person_id, role, organization_id, valid_on, ended_on, created_at)
        SELECT id, person_id, role, organization_id, valid_on,
               CASE WHEN service_ids IS NULL THEN ended_on
                    ELSE least(ended_on, CURRENT_DATE - 1) END,
               created_at
        FROM mandate WHERE organization_id IS NOT NULL
        """
    )
    for table in ("token_grant", "interaction"):
        op.add_column(table, sa.Column("organization_id", sa.Uuid(), nullable=True))
        op.execute(
            f"UPDATE {table} t SET organization_id = m.organization_id "
            "FROM mandate m WHERE m.id = t.mandate_id"
        )
        op.drop_column(table, "mandate_id")
    op.create_foreign_key(
        "fk_token_grant_organization_id_organization",
        "token_grant",
        "organization",
        ["organization_id"],
        ["id"],
    )
    op.drop_table("mandate")


def _link(table: str) -> None:
    """The mandate the person had for the organization on the row's day: a representative's first.

    A day on either side is allowed for: the row has an instant, the mandate the country's days.
    """
    op.execute(
        f"""
        UPDATE {table} t SET mandate_id = (
            SELECT m.id FROM mandate m
            WHERE m.person_id = t.person_id AND m.organization_id = t.organization_id
              AND m.valid_on <= t.created_at::date + 1
              AND (m.ended_on IS NULL OR m.ended_on >= t.created_at::date)
            ORDER BY m.role DESC, m.ended_on IS NULL DESC, m.valid_on DESC
            LIMIT 1
        ) WHERE t.organization_id IS NOT NULL
        """
    )


def _end_what_names_no_mandate() -> None:
    """Without its organization a grant would be the person's own; a choice is asked for again."""
    op.execute(
        "UPDATE token_grant SET revoked_at = coalesce(revoked_at, now()) "
        "WHERE organization_id IS NOT NULL AND mandate_id IS NULL"
    )
    op.execute(
        "UPDATE interaction SET representation_chosen_at = NULL "
        "WHERE organization_id IS NOT NULL AND mandate_id IS NULL"
    )


def _create_mandate() -> None:
    agency, organization = (
        ", ".join(f"'{role}'" for role in roles) for roles in (AGENCY_ROLES, ORGANIZATION_ROLES)
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(*ROLES, name="role", native_enum=False, create_constraint=True),
            nullable=False,
        ),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("granted_by_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            f"(agency_id IS NOT NULL) = (role IN ({agency})) AND "
            f"(organization_id IS NOT NULL) = (role IN ({organization}))",
            name=op.f("ck_mandate_body"),
        ),
        sa.CheckConstraint("cardinality(service_ids) > 0", name=op.f("ck_mandate_services")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_mandate_person_id_person"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_mandate_agency_id_agency"),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_mandate_organization_id_organization"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["mandate.id"], name="fk_mandate_granted_by_id_mandate"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mandate"),
    )
    for column in ("person_id", "organization_id", "granted_by_id"):
        op.create_index(f"ix_mandate_{column}", "mandate", [column])


def _create_staff_member() -> None:
    op.create_table(
        "staff_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "operator", *AGENCY_ROLES, name="role", native_enum=False, create_constraint=True
            ),
            nullable=False,
        ),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("valid_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_staff_member_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_staff_member_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_member"),
    )
    for column in ("agency_id", "person_id"):
        op.create_index(f"ix_staff_member_{column}", "staff_member", [column])


def _create_representation() -> None:
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
            name="fk_representation_organization_id_organization",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_representation_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_representation"),
    )
    for column in ("organization_id", "person_id"):
        op.create_index(f"ix_representation_{column}", "representation", [column])
