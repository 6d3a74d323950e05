"""The sandbox is apart: its grants end, and who signed in when is told to whom it was asked by."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Grants of production stand as they are; those of the sandbox were for other subjects."""
    op.alter_column("token_grant", "authenticated_at", nullable=True)
    op.execute("""
        UPDATE token_grant SET revoked_at = now()
        FROM relying_party
        WHERE relying_party.id = token_grant.relying_party_id
            AND relying_party.environment = 'sandbox' AND token_grant.revoked_at IS NULL
    """)


def downgrade() -> None:
    """What was not asked for becomes the latest it can have been."""
    op.execute(
        "UPDATE token_grant SET authenticated_at = created_at WHERE authenticated_at IS NULL"
    )
    op.alter_column("token_grant", "authenticated_at", nullable=False)
