"""Frozen months: freezes, their rows, and the sets they are counted from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

PUBLISHED = ("adoption_month", "adoption_slice")


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


def upgrade() -> None:
    """Months are frozen from now on; `rollup --rebuild` freezes those before."""
    op.create_table(
        "adoption_month",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        _xact_id(),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("strong_acrs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("definitions_version", sa.Text(), nullable=False),
        sa.Column("rows_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_adoption_month")),
        sa.UniqueConstraint(
            "month_on", "revision", name=op.f("uq_adoption_month_month_on_revision")
        ),
    )
    op.create_table(
        "adoption_slice",
        sa.Column("freeze_number", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("window_name", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("freeze_number", "dimension", "code", "subject_kind", "figure", "window_name"),
            name=op.f("pk_adoption_slice"),
        ),
        sa.ForeignKeyConstraint(
            ["freeze_number"],
            ["adoption_month.number"],
            name=op.f("fk_adoption_slice_freeze_number_adoption_month"),
        ),
    )
    op.create_table(
        "adoption_month_set",
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("bitmap", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("month_on", "subject_kind", "dimension", "code"),
            name=op.f("pk_adoption_month_set"),
        ),
    )
    op.create_table(
        "adoption_month_read",
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        _xact_id(),
        sa.PrimaryKeyConstraint("last_on", name=op.f("pk_adoption_month_read")),
    )
    for table in PUBLISHED:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO idp_app")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM idp_app")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
    for table in ("adoption_month_set", "adoption_month_read"):
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO idp_app")


def downgrade() -> None:
    """The months go; the days stay."""
    for table in ("adoption_month_read", "adoption_month_set", "adoption_slice", "adoption_month"):
        op.drop_table(table)


def _xact_id() -> sa.Column[str]:
    default = sa.text("pg_current_xact_id()")
    return sa.Column("xact_id", Xid8(), server_default=default, nullable=False)
