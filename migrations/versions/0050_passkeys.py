"""Passkeys: what finds one and how often it has signed; the challenge of each sign-in.

Nobody has any yet. Going back takes them away, and what sessions rest on them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sign-ins under way have no challenge: they go on as before, without passkeys."""
    op.create_table(
        "passkey",
        sa.Column("authenticator_id", sa.Uuid(), nullable=False),
        sa.Column("credential_hash", sa.LargeBinary(), nullable=False),
        sa.Column("rp_id", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["authenticator_id"],
            ["authenticator.id"],
            name="fk_passkey_authenticator_id_authenticator",
        ),
        sa.PrimaryKeyConstraint("authenticator_id", name="pk_passkey"),
        sa.UniqueConstraint("credential_hash", name="uq_passkey_credential_hash"),
    )
    op.create_index("ix_passkey_rp_id", "passkey", ["rp_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON passkey TO idp_app")
    op.add_column("interaction", sa.Column("challenge", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """What only this version knows ends: passkeys, and sessions in which one was shown."""
    op.drop_column("interaction", "challenge")
    op.drop_table("passkey")
    op.execute("DELETE FROM authenticator WHERE kind = 'passkey'")
    op.execute(
        "UPDATE sign_in_session SET ended_at = now() WHERE ended_at IS NULL "
        """AND evidence @> '[{"kind": "passkey"}]'"""
    )
