"""Getting an account back has a row, from its first code to its end."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0046"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """None was begun yet."""
    op.create_table(
        "recovery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("about_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("begun", "proved", "waiting", "ready", "done", "cancelled", "expired", "refused"),
                name="state",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("is_slow", sa.Boolean(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("shown_id", sa.Uuid(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_tries", sa.SmallInteger(), nullable=False),
        sa.Column("code_until", _TIME, nullable=False),
        sa.Column("code_taken_at", _TIME, nullable=True),
        sa.Column("begun_at", _TIME, nullable=False),
        sa.Column("proved_at", _TIME, nullable=True),
        sa.Column("wait_seconds", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", _TIME, nullable=True),
        sa.Column("ready_at", _TIME, nullable=True),
        sa.Column("reminders", sa.SmallInteger(), nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_recovery_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON recovery TO idp_app")
    for column in ("browser_hash", "person_id", "begun_at"):
        op.create_index(f"ix_recovery_{column}", "recovery", [column])
    op.create_index(
        "uq_recovery_open",
        "recovery",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("is_slow AND state IN ('waiting', 'ready')"),
    )


def downgrade() -> None:
    """Whatever was under way is over."""
    op.drop_table("recovery")
