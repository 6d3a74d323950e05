"""Authorization requests are pushed, and answered in JWTs signed as the client registered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table, which idp_app reads and writes, and two columns with defaults."""
    op.create_table(
        "pushed_request",
        sa.Column("handle_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("parameters_encrypted", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("handle_hash", name="pk_pushed_request"),
    )
    op.create_index("ix_pushed_request_expires_at", "pushed_request", ["expires_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON pushed_request TO idp_app")
    op.add_column(
        "relying_party",
        sa.Column(
            "authorization_signed_response_alg", sa.Text(), server_default="", nullable=False
        ),
    )
    op.add_column(
        "relying_party",
        sa.Column(
            "require_pushed_authorization_requests",
            sa.Boolean(),
            server_default="false",
            nullable=False,
        ),
    )


def downgrade() -> None:
    """Forget what was pushed."""
    op.drop_column("relying_party", "require_pushed_authorization_requests")
    op.drop_column("relying_party", "authorization_signed_response_alg")
    op.drop_table("pushed_request")
