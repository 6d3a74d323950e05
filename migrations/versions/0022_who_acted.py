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
    FROM journal_entry
    JOIN person ON person.subject_number = coalesce(actor_number, journal_entry.subject_number)
    WHERE relying_party_id = relying_party.id AND (
        event IN ('relying_party.created', 'relying_party.change_proposed')
        OR event = 'relying_party.state_changed' AND data ->> 'to' = 'submitted'
    )
)
WHERE state IN ('draft', 'submitted', 'changes_requested') OR proposed IS NOT NULL
"""
"""Until now the journal named as the subject who did it."""

TO_DATA = """
UPDATE journal_entry SET data = data
    || jsonb_strip_nulls(jsonb_build_object('actor', actor, 'actor_number', actor_number))
WHERE actor IS NOT NULL
"""
FROM_DATA = """
UPDATE journal_entry SET
    actor = data ->> 'actor',
    actor_number = (data -> 'actor_number')::bigint,
    data = data - '{actor,actor_number}'::text[]
WHERE data ? 'actor'
"""


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
    rewrite_journal(FROM_DATA)
    op.add_column(
        "relying_party",
        sa.Column("authored_by_ids", sa.ARRAY(sa.Uuid()), server_default="{}", nullable=False),
    )
    op.execute(AUTHORS)


def downgrade() -> None:
    """Who acted stands with the data; entries sealed with it verify when it has come back."""
    op.drop_column("relying_party", "authored_by_ids")
    rewrite_journal(TO_DATA)
    op.drop_index("ix_journal_entry_actor_number_at", table_name="journal_entry")
    op.drop_column("journal_entry", "actor_number")
    op.drop_column("journal_entry", "actor")


def rewrite_journal(statement: str) -> None:
    """What only the tables' owner may do, and only here."""
    op.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
    op.execute(statement)
    op.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
