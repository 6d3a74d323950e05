"""Browsers of sessions in words, sessions that ended by time, what people said was not them."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sessions under way are of an unknown browser, as long as they live.

    Nobody is told today of one that was over before.
    """
    op.add_column(
        "sign_in_session", sa.Column("device", sa.Text(), nullable=False, server_default="")
    )
    op.alter_column("sign_in_session", "user_agent", server_default="")
    op.execute(
        "UPDATE sign_in_session SET ended_at = least(idle_expires_at, expires_at)"
        " WHERE ended_at IS NULL AND least(idle_expires_at, expires_at) <= now()"
    )
    op.create_index(
        "ix_sign_in_session_idle",
        "sign_in_session",
        ["idle_expires_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "disowned_event",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_disowned_event")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_disowned_event_person_id_person")
        ),
    )
    op.create_index(op.f("ix_disowned_event_person_id"), "disowned_event", ["person_id"])
    op.create_index(op.f("ix_disowned_event_reported_at"), "disowned_event", ["reported_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON disowned_event TO idp_app")


def downgrade() -> None:
    """What was said stands in the journal."""
    op.drop_table("disowned_event")
    op.drop_index("ix_sign_in_session_idle", "sign_in_session")
    op.alter_column("sign_in_session", "user_agent", server_default=None)
    op.drop_column("sign_in_session", "device")
