"""Defaults and addresses a client registers; a sign-in begun keeps whose service it is for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = ("logo_uri", "policy_uri", "tos_uri")


def upgrade() -> None:
    """Columns with defaults only: the program that knows nothing of them goes on."""
    for name in TEXTS:
        op.add_column(
            "relying_party", sa.Column(name, sa.Text(), server_default="", nullable=False)
        )
    op.add_column("relying_party", sa.Column("default_max_age", sa.BigInteger(), nullable=True))
    op.add_column(
        "relying_party",
        sa.Column("require_auth_time", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "relying_party",
        sa.Column(
            "default_acr_values", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False
        ),
    )
    op.add_column("interaction", sa.Column("agency_id", sa.Uuid(), nullable=True))
    op.add_column("interaction", sa.Column("tier", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget them."""
    for name in ("tier", "agency_id"):
        op.drop_column("interaction", name)
    for name in ("default_acr_values", "require_auth_time", "default_max_age", *TEXTS):
        op.drop_column("relying_party", name)
