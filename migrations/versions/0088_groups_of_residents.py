"""Residents of each age band and sex: what the rates of groups are taken of."""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """As `place_denominator`; only ever added to."""
    op.create_table(
        "group_denominator",
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("age", "sex", "counted_on", "version"), name=op.f("pk_group_denominator")
        ),
    )
    op.execute("GRANT SELECT, INSERT ON group_denominator TO idp_app")
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON group_denominator FROM idp_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON group_denominator "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
    if op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_audit'")):
        op.execute("GRANT SELECT ON group_denominator TO idp_audit")


def downgrade() -> None:
    """The counts of the country and of its places stay."""
    op.drop_table("group_denominator")
