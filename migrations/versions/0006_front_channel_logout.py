"""Relying parties may be signed out in the browser (OIDC Front-Channel Logout 1.0)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Where each is signed out, and whether it must be told which session."""
    op.add_column(
        "relying_party",
        sa.Column("frontchannel_logout_uri", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "relying_party",
        sa.Column(
            "frontchannel_logout_session_required",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
        ),
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_column("relying_party", "frontchannel_logout_session_required")
    op.drop_column("relying_party", "frontchannel_logout_uri")
