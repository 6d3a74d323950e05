"""An account can be closed by its owner, and what people ask about their data has a deadline."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0054"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody is closing an account, and nobody has asked."""
    op.add_column("person", sa.Column("closes_at", _TIME, nullable=True))
    op.create_index(
        "ix_person_closing",
        "person",
        ["closes_at"],
        postgresql_where=sa.text("closes_at IS NOT NULL"),
    )
    op.create_table(
        "data_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *("correction", "deletion", "copy"),
                name="requestkind",
                native_enum=False,
                create_constraint=True,
            ),
            nullable=False,
        ),
        sa.Column("text_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("answer_due_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.Column("answer_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", _TIME, nullable=True),
        sa.Column("answered_number", sa.BigInteger(), nullable=True),
        sa.Column("extended_at", _TIME, nullable=True),
        sa.Column("extended_number", sa.BigInteger(), nullable=True),
        sa.Column("extended_because_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("done_number", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_data_request"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_data_request_person_id_person"
        ),
    )
    op.create_index("ix_data_request_person_id", "data_request", ["person_id"])
    op.create_index(
        "ix_data_request_open",
        "data_request",
        ["due_on"],
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON data_request TO idp_app")


def downgrade() -> None:
    """Accounts under way to be erased stay; what people asked stands in the journal."""
    op.drop_table("data_request")
    op.drop_index("ix_person_closing", "person")
    op.drop_column("person", "closes_at")
