"""Rolling windows: sets of days by agency and application, and the figures counted from them."""

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

TABLES = ("adoption_rolling", "adoption_day_read", "adoption_day_set")


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


def upgrade() -> None:
    """The next run of the task reads the last 400 days from the journal."""
    op.create_table(
        "adoption_day_set",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("bitmap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("day_on", "subject_kind", "dimension", "code"), name=op.f("pk_adoption_day_set")
        ),
    )
    op.create_table(
        "adoption_day_read",
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column(
            "xact_id", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("last_on", name=op.f("pk_adoption_day_read")),
    )
    op.create_table(
        "adoption_rolling",
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("window_name", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("day_on", "dimension", "code", "subject_kind", "figure", "window_name"),
            name=op.f("pk_adoption_rolling"),
        ),
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO idp_app")
    if op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_audit'")):
        op.execute("GRANT SELECT ON adoption_rolling TO idp_audit")


def downgrade() -> None:
    """Days and months stay as they are published."""
    for table in TABLES:
        op.drop_table(table)
