"""Values of targets that others measure: only added to."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The serving role reads them and adds to them."""
    op.create_table(
        "indicator",
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Numeric(14, 2), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("target_id", "counted_on", "version", name=op.f("pk_indicator")),
    )
    op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON indicator FROM idp_app")
    op.execute("GRANT SELECT, INSERT ON indicator TO idp_app")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON indicator "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )


def downgrade() -> None:
    """What was imported can be imported again."""
    op.drop_table("indicator")
