"""An index of the few entries that months are counted from beside sign-ins and facts of subjects.

A freeze and its recount ask for them five times, each time of the whole journal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0089"
branch_labels = None
depends_on = None

FEW = (
    *("denominator.set", "figures.revised", "relying_party.created", "relying_party.state_changed"),
    *("representation.refused", "residents.counted", "satisfaction.counted", "system.stated"),
)


def upgrade() -> None:
    """The journal is written to again once its rows have been gone through."""
    names = ", ".join(f"'{name}'" for name in FEW)
    op.create_index(
        "ix_journal_entry_few",
        "journal_entry",
        ["event", "at", "id"],
        postgresql_where=sa.text(f"event IN ({names})"),
    )


def downgrade() -> None:
    """Found by going through every row, as before."""
    op.drop_index("ix_journal_entry_few", table_name="journal_entry")
