"""Where a service answers questions of its own, linked on the sign-in pages."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No service has said it yet."""
    op.add_column(
        "relying_party", sa.Column("help_uri", sa.Text(), server_default="", nullable=False)
    )


def downgrade() -> None:
    """The sign-in pages link to policy and terms alone."""
    op.drop_column("relying_party", "help_uri")
