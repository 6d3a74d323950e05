"""Devices ask for someone to sign in at them (RFC 8628)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table, which idp_app reads and writes."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "device_request",
        sa.Column("device_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("source_hash", sa.LargeBinary(), nullable=False),
        sa.Column("parameters", postgresql.JSONB(), nullable=False),
        sa.Column("poll_every", sa.Interval(), nullable=False),
        sa.Column("polled_at", instant, nullable=True),
        sa.Column("is_early", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("used_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("device_hash", name="pk_device_request"),
        sa.UniqueConstraint("user_hash", name="uq_device_request_user_hash"),
        sa.UniqueConstraint("interaction_id", name="uq_device_request_interaction_id"),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["token_grant.id"], name="fk_device_request_grant_id_token_grant"
        ),
    )
    op.create_index("ix_device_request_client_id", "device_request", ["client_id", "expires_at"])
    op.create_index("ix_device_request_expires_at", "device_request", ["expires_at"])
    op.create_index("ix_device_request_grant_id", "device_request", ["grant_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON device_request TO idp_app")


def downgrade() -> None:
    """Forget what devices asked for."""
    op.drop_table("device_request")
