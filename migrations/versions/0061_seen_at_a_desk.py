"""When an official last saw that a person has an authenticator."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What a desk confirmed within a week, the time that anything asks about, says so."""
    op.add_column("authenticator", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        UPDATE authenticator AS a SET seen_at = j.at
        FROM journal_entry AS j JOIN person AS p ON p.subject_number = j.subject_number
        WHERE j.at > now() - interval '7 days' AND j.event = 'factor.confirmed'
            AND j.data ->> 'by' = 'desk' AND j.data ->> 'kind' = a.kind
            AND a.person_id = p.id AND a.carries_from = j.at
    """)


def downgrade() -> None:
    """Nobody asks any more."""
    op.drop_column("authenticator", "seen_at")
