"""Matched is no proof: a fact of its own, codes that show possession, and mail to carry them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MATCHED_ONLY = """
    SELECT p.id, p.subject_number FROM person AS p
    WHERE p.proofing = 1 AND NOT EXISTS (
        SELECT FROM journal_entry AS j
        WHERE j.subject_number = p.subject_number AND j.event = 'person.proofed'
            AND j.data @> '{"proofing": 1}')
"""
"""Accounts that have been at 1 since they were registered: by what an ID card says."""


def upgrade() -> None:
    """Who was at 1 by a match alone is at 0, signed out, and confirms when a service asks for it.

    The journal is told, so that the figures count them no longer from now on.
    """
    op.add_column("population_record", sa.Column("email_encrypted", sa.LargeBinary()))
    op.add_column("outbox_message", sa.Column("private_encrypted", sa.LargeBinary()))
    op.create_table(
        "person_code",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sid", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sends", sa.BigInteger(), nullable=False),
        sa.Column("tries_left", sa.BigInteger(), nullable=False),
        sa.Column("resend_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("person_id", "purpose", name="pk_person_code"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_person_code_person_id_person"
        ),
    )
    op.create_index("ix_person_code_code_hash", "person_code", ["code_hash"])
    op.create_index("ix_person_code_expires_at", "person_code", ["expires_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON person_code TO idp_app")

    op.add_column("person", sa.Column("matched_at", sa.DateTime(timezone=True)))
    op.execute(f"""
        WITH matched AS ({MATCHED_ONLY}), told AS (
            INSERT INTO journal_entry (at, event, subject_number, counted, data)
            SELECT now(), 'person.proofed', subject_number, true, '{{"proofing": 0}}' FROM matched)
        UPDATE person AS p SET
            proofing = 0, matched_at = p.created_at, credentials_epoch = p.credentials_epoch + 1
        FROM matched WHERE matched.id = p.id
    """)


def downgrade() -> None:
    """Who is matched is at 1 again."""
    op.execute("""
        UPDATE person SET proofing = 1, credentials_epoch = credentials_epoch + 1
        WHERE proofing = 0 AND matched_at IS NOT NULL
    """)
    op.drop_column("person", "matched_at")
    op.drop_table("person_code")
    op.drop_column("outbox_message", "private_encrypted")
    op.drop_column("population_record", "email_encrypted")
