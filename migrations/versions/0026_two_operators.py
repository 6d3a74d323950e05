"""A post waits until two operators agree; a database says once that it is production's."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Posts that are held go on working."""
    for column in (
        sa.Column("waits_since", sa.DateTime(timezone=True)),
        sa.Column("waits_because", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_by_number", sa.BigInteger()),
        sa.Column("asked_from", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "agreed_by_numbers", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False
        ),
    ):
        op.add_column("mandate", column)
    op.create_index(
        "ix_mandate_role",
        "mandate",
        ["role"],
        postgresql_where=sa.text("organization_id IS NULL"),
    )
    op.create_table(
        "deployment",
        sa.Column("is_only", sa.Boolean(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("is_only", name=op.f("ck_deployment_only")),
        sa.PrimaryKeyConstraint("is_only", name="pk_deployment"),
    )
    op.execute("GRANT SELECT ON deployment TO PUBLIC")
    op.execute("GRANT INSERT ON deployment TO idp_app")


def downgrade() -> None:
    """The version before knows no post that waits: those end today, so that none works unasked."""
    op.execute("""
        UPDATE mandate SET ended_on = greatest(valid_on, current_date)
        WHERE waits_since IS NOT NULL AND (ended_on IS NULL OR ended_on > current_date)
    """)
    op.drop_table("deployment")
    op.drop_index("ix_mandate_role", table_name="mandate")
    for column in (
        "agreed_by_numbers", "asked_from", "asked_by_number", "waits_because", "waits_since"
    ):  # fmt: skip
        op.drop_column("mandate", column)
