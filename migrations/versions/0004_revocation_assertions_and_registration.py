"""Access tokens can be revoked one by one, and a client's assertion is accepted once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("revoked_access_token", "client_assertion_jti")
LISTS = (
    ("relying_party", "resources"),
    ("relying_party", "audiences"),
    ("token_grant", "resources"),
)


def upgrade() -> None:
    """New tables, which idp_app reads and writes."""
    op.create_table(
        "revoked_access_token",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_revoked_access_token"),
    )
    op.create_table(
        "client_assertion_jti",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("jti_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "jti_hash", name="pk_client_assertion_jti"),
    )
    op.add_column(
        "relying_party",
        sa.Column("token_endpoint_auth_signing_alg", sa.Text(), server_default="", nullable=False),
    )
    for table, name in LISTS:
        op.add_column(
            table,
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        )
    for table in TABLES:
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO idp_app")


def downgrade() -> None:
    """Forget what was revoked and presented."""
    for table, name in LISTS:
        op.drop_column(table, name)
    op.drop_column("relying_party", "token_endpoint_auth_signing_alg")
    for table in TABLES:
        op.drop_table(table)
