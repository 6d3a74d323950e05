"""Denominators of each province; and what the auditor's role may read, where there is such a role.

`idp_audit` is made by `deploy/roles.sql`, as the other roles are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


ENTRY = (
    "id, at, xact_id, event, outcome, reason, acr, subject_number, organization_number, "
    "relying_party_id, service_id, agency_id, tier, counted, data"
)
READ = (
    *("adoption_month", "adoption_slice", "adoption_day", "adoption_figure", "adoption_revision"),
    *("denominator", "place_denominator", "place", "place_succession", "agency"),
    *("information_system", "public_service", "journal_seal"),
)
"""What `docs/figures.sql` and whoever reads its rows need; of the journal and of the applications
some columns besides."""


def upgrade() -> None:
    """As `denominator`, one row for each province; only ever added to."""
    op.create_table(
        "place_denominator",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("kind", "place_code", "counted_on", "version"), name=op.f("pk_place_denominator")
        ),
    )
    op.execute("GRANT SELECT, INSERT ON place_denominator TO idp_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON place_denominator FROM idp_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON place_denominator "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
    if _has_auditor():
        op.execute("GRANT USAGE ON SCHEMA public TO idp_audit")
        op.execute(f"GRANT SELECT ON {', '.join(READ)} TO idp_audit")
        op.execute(f"GRANT SELECT ({ENTRY}) ON journal_entry TO idp_audit")
        op.execute("GRANT SELECT (id, system_id) ON relying_party TO idp_audit")


def downgrade() -> None:
    """The counts of the country stay."""
    if _has_auditor():
        op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM idp_audit")
        op.execute(f"REVOKE SELECT ({ENTRY}) ON journal_entry FROM idp_audit")
        op.execute("REVOKE SELECT (id, system_id) ON relying_party FROM idp_audit")
        op.execute("REVOKE USAGE ON SCHEMA public FROM idp_audit")
    op.drop_table("place_denominator")


def _has_auditor() -> bool:
    found = op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_audit'"))
    return bool(found)
