"""Denominators of each province; and what the auditor's role may read, where there is such a role.

`idp_audit` is made by `deploy/roles.sql`, as the other roles are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    """The counts of the country stay."""
    op.drop_table("place_denominator")
