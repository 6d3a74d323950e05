"""Entries of the journal name who acted, and a relying party who had a part in what waits."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AUTHORS = """
UPDATE relying_party SET authored_by_ids = ARRAY(
    SELECT DISTINCT person.id
    FROM journal_entry JOIN person USING (subject_number)
    WHERE relying_party_id = relying_party.id AND (
        event IN ('relying_party.created', 'relying_party.change_proposed')
        OR event = 'relying_party.state_changed' AND data ->> 'to' = 'submitted'
    )
)
WHERE state IN ('draft', 'submitted', 'changes_requested') OR proposed IS NOT NULL
"""
"""Until now the journal named as the subject who did it."""


def upgrade() -> None:
    """What waits for an operator has the authors whom the journal knows."""
    op.add_column("journal_entry", sa.Column("actor", sa.Text()))
    op.add_column("journal_entry", sa.Column("actor_number", sa.BigInteger()))
    op.create_index(
        "ix_journal_entry_actor_number_at",
        "journal_entry",
        ["actor_number", "at"],
        postgresql_where=sa.text("actor_number IS NOT NULL"),
    )
    op.execute("GRANT INSERT (actor, actor_number) ON journal_entry TO idp_app")
    op.add_column(
        "relying_party",
        sa.Column("authored_by_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.execute(AUTHORS)


def downgrade() -> None:
    """Who acted is forgotten; entries sealed with it no longer verify."""
    op.drop_column("relying_party", "authored_by_ids")
    op.drop_index("ix_journal_entry_actor_number_at", table_name="journal_entry")
    op.drop_column("journal_entry", "actor_number")
    op.drop_column("journal_entry", "actor")
