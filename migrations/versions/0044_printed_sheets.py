"""A sheet of recovery codes says whether an official printed it: it counts only once it is used.

Everybody's sheets until now are their own. Going back takes printed ones away.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was printed at a desk yet."""
    op.add_column(
        "authenticator",
        sa.Column("is_from_desk", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """The rows before knew of no time in which a sheet is to be used: none is left without one."""
    op.execute(
        "DELETE FROM recovery_code c USING authenticator a "
        "WHERE c.authenticator_id = a.id AND a.is_from_desk"
    )
    op.execute(
        "UPDATE authenticator SET removed_at = now() WHERE is_from_desk AND removed_at IS NULL"
    )
    op.drop_column("authenticator", "is_from_desk")
