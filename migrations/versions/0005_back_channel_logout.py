"""Relying parties are told when a session has ended (OIDC Back-Channel Logout 1.0)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Where a party listens, and what it is still to be told; idp_app reads and writes it."""
    op.add_column(
        "relying_party",
        sa.Column("backchannel_logout_uri", sa.Text(), server_default="", nullable=False),
    )
    op.add_column(
        "relying_party",
        sa.Column(
            "backchannel_logout_session_required",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
        ),
    )
    op.create_table(
        "logout_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_status", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name="fk_logout_delivery_relying_party_id_relying_party",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_logout_delivery"),
        sa.UniqueConstraint(
            "relying_party_id", "sid", name="uq_logout_delivery_relying_party_id_sid"
        ),
    )
    op.create_index(
        "ix_logout_delivery_waiting",
        "logout_delivery",
        ["next_at"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_logout_delivery_created_at", "logout_delivery", ["created_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON logout_delivery TO idp_app")


def downgrade() -> None:
    """Tell nobody."""
    op.drop_table("logout_delivery")
    op.drop_column("relying_party", "backchannel_logout_session_required")
    op.drop_column("relying_party", "backchannel_logout_uri")
