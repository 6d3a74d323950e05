"""Tokens are revoked one by one, assertions accepted once, clients may register themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

EXPIRING = ("revoked_access_token", "client_assertion_jti")
TABLES = (*EXPIRING, "initial_access_token")
TEXTS = ("token_endpoint_auth_signing_alg", "initiate_login_uri")
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
    _let_clients_register()
    for name in TEXTS:
        op.add_column(
            "relying_party", sa.Column(name, sa.Text(), server_default="", nullable=False)
        )
    for table, name in LISTS:
        op.add_column(
            table,
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        )
    for table in EXPIRING:
        op.create_index(f"ix_{table}_expires_at", table, ["expires_at"])
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO idp_app")


def _let_clients_register() -> None:
    op.create_table(
        "initial_access_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("uses_left", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["information_system.id"],
            name="fk_initial_access_token_system_id_information_system",
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_initial_access_token"),
    )
    op.create_index("ix_initial_access_token_system_id", "initial_access_token", ["system_id"])
    op.add_column(
        "relying_party", sa.Column("registration_token_hash", sa.LargeBinary(), nullable=True)
    )


def downgrade() -> None:
    """Forget what was revoked and presented."""
    for table, name in LISTS:
        op.drop_column(table, name)
    for name in (*TEXTS, "registration_token_hash"):
        op.drop_column("relying_party", name)
    for table in TABLES:
        op.drop_table(table)
