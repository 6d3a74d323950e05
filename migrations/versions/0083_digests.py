"""Agencies whose staff want no monthly digest."""

import sqlalchemy as sa
from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every agency gets one, until its staff say otherwise."""
    op.create_table(
        "digest_refusal",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_digest_refusal_agency_id_agency"
        ),
        sa.PrimaryKeyConstraint("agency_id", name="pk_digest_refusal"),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON digest_refusal TO idp_app")


def downgrade() -> None:
    """Nobody is mailed."""
    op.drop_table("digest_refusal")
