"""What could move a frozen month's figure; the sets of months are read anew, with failures."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0074"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Months that are frozen from now on have such rows; those before stay as they are."""
    op.create_table(
        "adoption_action",
        sa.Column("freeze_number", sa.BigInteger(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("lever", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("freeze_number", "dimension", "code", "subject_kind", "lever", "figure"),
            name=op.f("pk_adoption_action"),
        ),
        sa.ForeignKeyConstraint(
            ["freeze_number"],
            ["adoption_month.number"],
            name=op.f("fk_adoption_action_freeze_number_adoption_month"),
        ),
    )
    op.execute("GRANT SELECT, INSERT ON adoption_action TO idp_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON adoption_action FROM idp_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON adoption_action "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
    if op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_audit'")):
        op.execute("GRANT SELECT ON adoption_action TO idp_audit")
    op.execute("DELETE FROM adoption_month_set")
    op.execute("DELETE FROM adoption_month_read")


def downgrade() -> None:
    """The figures stay."""
    op.drop_table("adoption_action")
