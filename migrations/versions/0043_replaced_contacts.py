"""A contact that was replaced is kept as long as that can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None was replaced yet."""
    op.add_column(
        "person_contact", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index("ix_person_contact_ended_at", "person_contact", ["ended_at"])


def downgrade() -> None:
    """What was replaced is forgotten: the rows before knew of no end."""
    op.execute("DELETE FROM person_contact WHERE ended_at IS NOT NULL")
    op.drop_index("ix_person_contact_ended_at", "person_contact")
    op.drop_column("person_contact", "ended_at")
