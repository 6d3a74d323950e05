"""The sandbox is apart: testers, test people; when somebody signed in is told to whom asked."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants of production stand as they are; those of the sandbox were for other subjects."""
    op.create_table(
        "tester",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("number_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tester"),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name="fk_tester_relying_party_id_relying_party",
        ),
        sa.UniqueConstraint(
            "relying_party_id", "number_hash", name="uq_tester_relying_party_id_number_hash"
        ),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON tester TO idp_app")
    op.add_column(
        "person", sa.Column("is_test", sa.Boolean(), server_default=sa.false(), nullable=False)
    )

    op.execute("""
        UPDATE person
        SET is_test = true, status = claims->>'test_status', claims = claims - 'test_status'
        WHERE claims ? 'test_status'
    """)

    op.alter_column("token_grant", "authenticated_at", nullable=True)
    op.execute("""
        UPDATE token_grant SET revoked_at = now()
        FROM relying_party
        WHERE relying_party.id = token_grant.relying_party_id
            AND relying_party.environment = 'sandbox' AND token_grant.revoked_at IS NULL
    """)


def downgrade() -> None:
    """A time that was not asked for becomes the latest it can have been; test people are closed.

    The version before would count them, and let them in everywhere. Their status is kept for later.
    """
    op.execute("""
        UPDATE person
        SET status = 'closed', claims = claims || jsonb_build_object('test_status', status)
        WHERE is_test
    """)
    op.drop_column("person", "is_test")
    op.drop_table("tester")
    op.execute(
        "UPDATE token_grant SET authenticated_at = created_at WHERE authenticated_at IS NULL"
    )
    op.alter_column("token_grant", "authenticated_at", nullable=False)
