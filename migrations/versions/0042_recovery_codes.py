"""Recovery codes: a set is an authenticator of its kind, each code a keyed hash.

Nobody has any yet. Going back takes them away, and what sessions rest on them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The codes of a set; and what nobody confirmed in time is found, to be deleted."""
    op.create_table(
        "recovery_code",
        sa.Column("authenticator_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["authenticator_id"],
            ["authenticator.id"],
            name="fk_recovery_code_authenticator_id_authenticator",
        ),
        sa.PrimaryKeyConstraint("authenticator_id", "code_hash", name="pk_recovery_code"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON recovery_code TO idp_app")
    op.create_index(
        "ix_authenticator_pending",
        "authenticator",
        ["created_at"],
        postgresql_where=sa.text("confirmed_at IS NULL"),
    )


def downgrade() -> None:
    """What only this version knows ends: sets of codes, and sessions in which one was shown."""
    op.drop_index("ix_authenticator_pending", table_name="authenticator")
    op.drop_table("recovery_code")
    op.execute("DELETE FROM authenticator WHERE kind = 'recovery_code'")
    op.execute(
        "UPDATE sign_in_session SET ended_at = now() WHERE ended_at IS NULL "
        """AND evidence @> '[{"kind": "recovery_code"}]'"""
    )
