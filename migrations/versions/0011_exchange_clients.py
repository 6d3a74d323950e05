"""A party says whose services may exchange people's tokens for tokens meant for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody may, until it is said."""
    op.add_column(
        "relying_party",
        sa.Column(
            "exchange_clients", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.create_index(
        "ix_relying_party_audiences", "relying_party", ["audiences"], postgresql_using="gin"
    )


def downgrade() -> None:
    """Forget who might."""
    op.drop_index("ix_relying_party_audiences", "relying_party")
    op.drop_column("relying_party", "exchange_clients")
