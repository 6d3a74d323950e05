"""Codes by post: where the register says people live, and the letters that go there."""

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0070"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The register knows no address until an extract that has some is imported."""
    op.add_column("population_record", sa.Column("address_encrypted", sa.LargeBinary()))
    op.create_table(
        "letter_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_at", _AT, nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=True),
        sa.Column("letters", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", _AT, nullable=False),
        sa.Column("confirmed_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_batch")),
    )
    op.create_index(op.f("ix_letter_batch_made_at"), "letter_batch", ["made_at"])
    op.create_table(
        "person_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", _AT, nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("printed_at", _AT, nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("payload_encrypted", sa.LargeBinary(), nullable=True),
        sa.Column("used_at", _AT, nullable=True),
        sa.Column("returned_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_letter_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["letter_batch.id"], name=op.f("fk_person_letter_batch_id_letter_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_letter")),
        sa.UniqueConstraint("reference", name=op.f("uq_person_letter_reference")),
    )
    for column in ("person_id", "expires_at", "batch_id"):
        op.create_index(op.f(f"ix_person_letter_{column}"), "person_letter", [column])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON person_letter, letter_batch TO idp_app")


def downgrade() -> None:
    """Letters on their way open nothing any more."""
    op.drop_table("person_letter")
    op.drop_table("letter_batch")
    op.drop_column("population_record", "address_encrypted")
