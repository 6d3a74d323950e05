"""Failures decay, a known device has a row of its own, a claim says how long it holds."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Failures in a row become ones that decay from now on, ten minutes each.

    Which browsers were known cannot be told from their counters: each is known again at its next
    sign-in.
    """
    op.create_table(
        "known_device",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("credentials_epoch", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "secret_hash", name="pk_known_device"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_known_device_person_id_person"
        ),
    )
    op.create_index("ix_known_device_secret_hash", "known_device", ["secret_hash"])
    op.create_index("ix_known_device_used_at", "known_device", ["used_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON known_device TO idp_app")

    op.execute("DELETE FROM failure_counter WHERE failures = 0")
    op.add_column("failure_counter", sa.Column("clears_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE failure_counter SET clears_at = now() + failures * interval '10 minutes'")
    op.alter_column("failure_counter", "clears_at", nullable=False)
    op.create_index("ix_failure_counter_clears_at", "failure_counter", ["clears_at"])
    for name in ("failures", "code_failures", "last_failed_at"):
        op.drop_column("failure_counter", name)

    op.add_column("outbox_message", sa.Column("claimed_until", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_outbox_message_under_way",
        "outbox_message",
        ["claimed_until"],
        postgresql_where=sa.text("outcome IS NULL AND claimed_until IS NOT NULL"),
    )


def downgrade() -> None:
    """Failures that have not decayed are in a row again."""
    op.drop_index("ix_outbox_message_under_way", table_name="outbox_message")
    op.drop_column("outbox_message", "claimed_until")
    op.drop_table("known_device")

    op.execute("DELETE FROM failure_counter WHERE clears_at <= now()")
    for name in ("failures", "code_failures"):
        op.add_column(
            "failure_counter",
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"),
        )
        op.alter_column("failure_counter", name, server_default=None)
    op.add_column(
        "failure_counter",
        sa.Column(
            "last_failed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    op.alter_column("failure_counter", "last_failed_at", server_default=None)
    op.execute("""
        UPDATE failure_counter SET failures = least(
            100, ceil(extract(epoch FROM clears_at - now()) / 600))
    """)
    op.drop_index("ix_failure_counter_clears_at", table_name="failure_counter")
    op.drop_column("failure_counter", "clears_at")
