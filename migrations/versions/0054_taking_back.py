"""Second factors that a recovery sets aside, and what takes the account back with them."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of a recovery that was finished before, nothing is left to take the account back with."""
    op.add_column("authenticator", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recovery", sa.Column("former_password_encrypted", sa.LargeBinary()))
    op.add_column("recovery", sa.Column("proofing_before", sa.SmallInteger()))
    op.add_column("recovery", sa.Column("takes_back", sa.Uuid()))
    op.add_column("recovery", sa.Column("cancel_tries", sa.SmallInteger(), server_default="0"))
    op.alter_column("recovery", "cancel_tries", nullable=False, server_default=None)
    op.add_column("recovery", sa.Column("because", sa.Text(), server_default=""))
    op.alter_column("recovery", "because", nullable=False, server_default=None)


def downgrade() -> None:
    """What was set aside can be had back as any other that was suspended."""
    for column in (
        *("because", "cancel_tries", "takes_back"),
        *("proofing_before", "former_password_encrypted"),
    ):
        op.drop_column("recovery", column)
    op.drop_column("authenticator", "lost_at")
