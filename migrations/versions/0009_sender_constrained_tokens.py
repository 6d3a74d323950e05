"""Codes and refresh tokens bound to a key; ids used once, whoever signed them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SWITCHES = ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")
TEXTS = (
    *(("relying_party", f"tls_client_auth_{name}") for name in ("subject_dn", "san_dns")),
    *(("relying_party", f"tls_client_auth_san_{name}") for name in ("uri", "ip", "email")),
    ("authorization_code", "dpop_jkt"),
    ("refresh_token", "bound_to"),
)


def upgrade() -> None:
    """The program that knows the old table finds it as a view, and shares its rows."""
    for name in SWITCHES:
        op.add_column(
            "relying_party",
            sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    for table, name in TEXTS:
        op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))
    _rename("client_assertion_jti", "used_id", "client_id", "scope")
    op.execute(
        "CREATE VIEW client_assertion_jti AS "
        "SELECT scope AS client_id, jti_hash, expires_at FROM used_id"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON client_assertion_jti TO idp_app")


def downgrade() -> None:
    """Tokens are bound to nothing."""
    op.execute("DROP VIEW client_assertion_jti")
    _rename("used_id", "client_assertion_jti", "scope", "client_id")
    for table, name in TEXTS:
        op.drop_column(table, name)
    for name in SWITCHES:
        op.drop_column("relying_party", name)


def _rename(table: str, to: str, column: str, to_column: str) -> None:
    op.rename_table(table, to)
    op.alter_column(to, column, new_column_name=to_column)
    op.execute(f"ALTER TABLE {to} RENAME CONSTRAINT pk_{table} TO pk_{to}")
    op.execute(f"ALTER INDEX ix_{table}_expires_at RENAME TO ix_{to}_expires_at")
