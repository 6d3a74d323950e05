"""What is published is only added to: revisions, versions of denominators, what a closing had read.

What was read for the days there are is not known: they are taken as closed together now, by the
rules of today's settings, and having read all that is in the journal for them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from idp.figures.rules import counting_rules
from idp.settings import Settings

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

PUBLISHED = ("adoption_day", "adoption_figure", "adoption_revision", "denominator")
_FIGURE = ("day_on", "subject_kind", "figure", "window_name")
_DENOMINATOR = ("kind", "counted_on")


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


def upgrade() -> None:
    """Keep what is there as the first publication; take the right to rewrite it."""
    op.create_table(
        "adoption_revision",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "revised_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_adoption_revision")),
    )
    op.execute("INSERT INTO adoption_revision (number, reason) VALUES (0, '')")
    op.create_table(
        "adoption_today",
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        _xact_id(),
        sa.PrimaryKeyConstraint("closed_on", name=op.f("pk_adoption_today")),
    )
    _add_revision("adoption_figure", _FIGURE, "revision")
    op.alter_column("adoption_figure", "value", nullable=True)
    op.add_column("denominator", sa.Column("version", sa.BigInteger(), server_default="1"))
    op.add_column("denominator", sa.Column("in_force_on", sa.Date()))
    _add_revision("denominator", _DENOMINATOR, "version")
    op.alter_column("denominator", "version", server_default=None, nullable=False)
    _tell_what_closings_read()
    for table in PUBLISHED:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM idp_app")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
    op.execute("GRANT SELECT, INSERT ON adoption_revision TO idp_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON adoption_today TO idp_app")


def downgrade() -> None:
    """The newest of each stays, as if nothing else had been."""
    for table in PUBLISHED:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    _drop_revision("adoption_figure", _FIGURE, "revision")
    op.execute("DELETE FROM adoption_figure WHERE value IS NULL")
    op.alter_column("adoption_figure", "value", nullable=False)
    _drop_revision("denominator", _DENOMINATOR, "version")
    op.drop_column("denominator", "in_force_on")
    op.drop_column("denominator", "version")
    for column in ("snapshot", "xact_id", "time_zone", "strong_acrs"):
        op.drop_column("adoption_day", column)
    for table in ("adoption_day", "adoption_figure", "denominator"):
        op.execute(f"GRANT UPDATE, DELETE ON {table} TO idp_app")
    op.drop_table("adoption_today")
    op.drop_table("adoption_revision")


def _xact_id() -> sa.Column[str]:
    default = sa.text("pg_current_xact_id()")
    return sa.Column("xact_id", Xid8(), server_default=default, nullable=False)


def _add_revision(table: str, key: tuple[str, ...], last: str) -> None:
    op.add_column(table, sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False))
    op.alter_column(table, "revision", server_default=None)
    op.create_foreign_key(
        f"fk_{table}_revision_adoption_revision",
        table,
        "adoption_revision",
        ["revision"],
        ["number"],
    )
    op.drop_constraint(f"pk_{table}", table)
    op.create_primary_key(f"pk_{table}", table, [*key, last])


def _drop_revision(table: str, key: tuple[str, ...], last: str) -> None:
    same = " AND ".join(f"newer.{column} = older.{column}" for column in key)
    op.execute(
        f"DELETE FROM {table} older USING {table} newer WHERE {same} "
        f"AND newer.{last} > older.{last}"
    )
    op.drop_constraint(f"pk_{table}", table)
    op.create_primary_key(f"pk_{table}", table, list(key))
    op.drop_column(table, "revision")


def _tell_what_closings_read() -> None:
    op.add_column("adoption_day", sa.Column("snapshot", sa.Text()))
    op.add_column("adoption_day", _xact_id())
    op.add_column("adoption_day", sa.Column("time_zone", sa.Text()))
    op.add_column("adoption_day", sa.Column("strong_acrs", postgresql.ARRAY(sa.Text())))
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM adoption_day)")):
        rules = counting_rules(Settings())
        fill = sa.text(
            "UPDATE adoption_day SET snapshot = pg_current_snapshot()::text, "
            "time_zone = :time_zone, strong_acrs = :strong_acrs"
        )
        acrs = sorted(rules.strong_acrs)
        op.get_bind().execute(fill, {"time_zone": rules.time_zone, "strong_acrs": acrs})
    for column in ("snapshot", "time_zone", "strong_acrs"):
        op.alter_column("adoption_day", column, nullable=False)
