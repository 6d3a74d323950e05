"""Clients that sign go on as they did: their profile is `openid-legacy`; new ones are strict."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Whoever registered keys may sign for the token endpoint, or objects without an end."""
    op.execute("""
        UPDATE relying_party SET profile = 'openid-legacy'
        WHERE profile = 'openid' AND (jwks IS NOT NULL OR jwks_uri <> '')
    """)


def downgrade() -> None:
    """The version before takes from every client of `openid` what these may sign."""
    op.execute("UPDATE relying_party SET profile = 'openid' WHERE profile = 'openid-legacy'")
