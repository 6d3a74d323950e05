"""Desks: where people are helped face to face."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"
branch_labels = None
depends_on = None

TEXTS = ("code", "name_vi", "name_en", "address", "commune_code", "commune", "former_names")
MORE = ("found_by", "province_code", "hours_vi", "hours_en", "telephone", "bring_vi", "bring_en")


def upgrade() -> None:
    """Empty: `idp registry desks` fills it."""
    op.create_table(
        "desk",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS + MORE),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint("code", name=op.f("uq_desk_code")),
    )
    op.create_index(op.f("ix_desk_province_code"), "desk", ["province_code"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON desk TO idp_app")


def downgrade() -> None:
    """The files are still there."""
    op.drop_table("desk")
