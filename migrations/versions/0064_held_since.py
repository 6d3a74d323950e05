"""When an account was given to who has it now."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The journal says it of those that were given back before."""
    op.add_column("person", sa.Column("held_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("""
        UPDATE person AS p SET held_since = j.at
        FROM (
            SELECT subject_number, max(at) AS at FROM journal_entry
            WHERE event = 'person.reclaimed' GROUP BY subject_number
        ) AS j
        WHERE j.subject_number = p.subject_number
    """)


def downgrade() -> None:
    """The history is shown whole again."""
    op.drop_column("person", "held_since")
