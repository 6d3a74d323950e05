"""What relying parties cannot do without: registered by each, and asked for in a sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0050"
branch_labels = None
depends_on = None

TABLES = ("relying_party", "interaction")


def upgrade() -> None:
    """Nobody said so yet; sign-ins under way ask for nothing more."""
    for table in TABLES:
        op.add_column(
            table,
            sa.Column("needed_claims", sa.ARRAY(sa.Text()), nullable=False, server_default="{}"),
        )


def downgrade() -> None:
    """Changes that wait say it no more."""
    op.execute(
        "UPDATE relying_party SET proposed = NULLIF(proposed - 'needed_claims', '{}'::jsonb) "
        "WHERE proposed IS NOT NULL"
    )
    for table in TABLES:
        op.drop_column(table, "needed_claims")
