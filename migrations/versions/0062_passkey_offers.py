"""When somebody was last offered a passkey, and that they want none."""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was offered one yet but on a page of their account, which a cookie remembered."""
    op.create_table(
        "passkey_offer",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_unwanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_passkey_offer_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_passkey_offer"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON passkey_offer TO idp_app")


def downgrade() -> None:
    """Nobody asks any more."""
    op.drop_table("passkey_offer")
